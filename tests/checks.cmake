# Everything that is a test and no doctest program: checks of the source, the simulator, fuzzers, real clients.
# scripts/test runs all of it; `ctest --test-dir build/release -L clients` runs one part. Exit code 77 is a skip; under CI
# tests/reasoned turns a skip without a reason in tests/clients/skips.txt into a failure.
set(EVLOG_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts)
set(EVLOG_CLIENTS ${PROJECT_SOURCE_DIR}/tests/clients)

function(evlog_script_test name label timeout_s)
  add_test(NAME ${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/reasoned ${name} ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout_s} SKIP_RETURN_CODE 77)
endfunction()

evlog_script_test(check_layers checks 30 ${EVLOG_SCRIPTS}/check-layers)
evlog_script_test(check_style checks 30 ${EVLOG_SCRIPTS}/check-style)
evlog_script_test(check_checks checks 30 ${CMAKE_CURRENT_SOURCE_DIR}/checks_test.py)
if(EXISTS ${EVLOG_SCRIPTS}/check-protocol)
  evlog_script_test(check_protocol checks 60 ${EVLOG_SCRIPTS}/check-protocol $<TARGET_FILE:wire_schema>)
endif()
# What Kafka writes for our samples is recorded; where Kafka can be run, the recording must not be stale.
evlog_script_test(wire_oracle checks 120 ${CMAKE_CURRENT_SOURCE_DIR}/wire/oracle/record --check)

# Kafka's own offline tools read what evlog writes, without a complaint, and evlog prints the same.
evlog_script_test(log_dump checks 120 ${CMAKE_CURRENT_SOURCE_DIR}/log/check_dump.sh $<TARGET_FILE:test_log>)
evlog_script_test(log_kafka_reads_files clients 600 ${CMAKE_CURRENT_SOURCE_DIR}/log/kafka_reads_files $<TARGET_FILE:evlog>)

# Kafka's dump tool and its metadata shell read our metadata snapshots.
evlog_script_test(metadata_snapshots checks 300 ${CMAKE_CURRENT_SOURCE_DIR}/quorum/kafka_reads_snapshots $<TARGET_FILE:evlog>)

# The command line, word for word, and its man pages.
evlog_script_test(cli_sessions clients 300 ${EVLOG_CLIENTS}/cli.py --binary $<TARGET_FILE:evlog>)
evlog_script_test(cli_man checks 60 ${EVLOG_CLIENTS}/cli_man.py --binary $<TARGET_FILE:evlog>)

# The rigs (scripts/torture), in short, and the tests of their own checker.
evlog_script_test(torture_checker checks 60 ${CMAKE_CURRENT_SOURCE_DIR}/torture/checker-test)

# The simulator: healthy brokers under many seeds, and those that failed once.
if(TARGET evlog-sim)
  evlog_script_test(sim_seeds sim 900 ${CMAKE_CURRENT_SOURCE_DIR}/torture/sim --binary $<TARGET_FILE:evlog-sim> --seeds 300 --jobs 2)
  evlog_script_test(sim_seeds_that_failed sim 300 $<TARGET_FILE:evlog-sim> --file ${PROJECT_SOURCE_DIR}/testdata/seeds/broker.txt)
  evlog_script_test(sim_twice sim 300 $<TARGET_FILE:evlog-sim> --seeds 10 --twice)
endif()

# Brokers with a planted fault, which the tests must catch (lib/base/mutant.h, testdata/mutants.tsv): NAME-mutants is the program NAME
# with those files compiled once more that have a fault in them; the rest comes from the libraries.
if(EVLOG_MUTANTS AND NOT EVLOG_ASAN AND TARGET evlog-sim)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/testdata/mutants.tsv)
  file(GLOB_RECURSE evlog_lib_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/*.cc)
  set(evlog_mutated)
  foreach(source ${evlog_lib_sources})
    file(STRINGS ${source} planted REGEX "[^a-z_]mutant\\(")
    if(planted)
      list(APPEND evlog_mutated ${source})
    endif()
  endforeach()
  add_library(evlog_mutated OBJECT ${evlog_mutated})
  target_compile_definitions(evlog_mutated PRIVATE EVLOG_MUTANTS)
  target_link_libraries(evlog_mutated PRIVATE evlog_broker)
  set(evlog_programs evlog evlog-sim)
  file(STRINGS ${PROJECT_SOURCE_DIR}/testdata/mutants.tsv planted REGEX "\tunit test_")
  foreach(line ${planted})
    string(REGEX REPLACE ".*\tunit (test_[a-z]+).*" "\\1" program "${line}")
    list(APPEND evlog_programs ${program})
  endforeach()
  list(REMOVE_DUPLICATES evlog_programs)
  foreach(program ${evlog_programs})
    add_executable(${program}-mutants $<TARGET_OBJECTS:${program}> $<TARGET_OBJECTS:evlog_mutated>)
    target_link_libraries(${program}-mutants PRIVATE evlog_broker $<TARGET_PROPERTY:${program},LINK_LIBRARIES>)
  endforeach()
  set_target_properties(evlog-mutants PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  evlog_script_test(torture_mutants torture 900 ${CMAKE_CURRENT_SOURCE_DIR}/torture/mutants --kinds sim,unit --programs ${PROJECT_BINARY_DIR})
endif()

# Short forms of the rigs on real processes: scripts/torture has the long ones.
evlog_script_test(torture_crashpoints torture 300 ${CMAKE_CURRENT_SOURCE_DIR}/torture/crashpoints --built=${PROJECT_BINARY_DIR} --points 200)

# The sanitizers' build lies beside this one: scripts/test makes both.
evlog_script_test(asan_units unit 300 ${CMAKE_CURRENT_SOURCE_DIR}/asan_units)
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
  evlog_script_test(fuzz fuzz 300 ${CMAKE_CURRENT_SOURCE_DIR}/fuzz_briefly)
endif()

# Real clients and real Kafka. Those that start a JVM run one at a time.
foreach(suite kcat kafka-python kafka-python-newest confluent-python confluent-python-newest franz-go franz-go-newest kgo-quick sarama kafka-go
        aiokafka kafkajs platformatic-kafka java-tools
        inventory bad-input disk-trouble kafka-it kafka-tools)
  evlog_script_test(clients_${suite} clients 600 ${EVLOG_CLIENTS}/run ${suite} --binary $<TARGET_FILE:evlog>)
endforeach()
evlog_script_test(differential clients 300 ${EVLOG_CLIENTS}/differential_test $<TARGET_FILE:differential> --binary $<TARGET_FILE:evlog>)
evlog_script_test(differential_recording clients 1200 ${EVLOG_CLIENTS}/differential_test $<TARGET_FILE:differential> --check-recording)
evlog_script_test(demo clients 120 ${EVLOG_SCRIPTS}/demo $<TARGET_FILE:evlog>)
set_tests_properties(metadata_snapshots clients_java-tools clients_kafka-it log_kafka_reads_files wire_oracle differential_recording PROPERTIES RESOURCE_LOCK jvm)
# They keep both cores busy by themselves.
set_tests_properties(sim_seeds fuzz PROPERTIES PROCESSORS 2)
# Its 5,000 connections and the waits of the client beside are to be measured undisturbed.
set_tests_properties(clients_bad-input PROPERTIES RUN_SERIAL TRUE)
evlog_script_test(torture_kill torture 600 ${CMAKE_CURRENT_SOURCE_DIR}/torture/kill --binary $<TARGET_FILE:evlog> --minutes 0.25 --kills 30 --rate 4000)
evlog_script_test(torture_bitrot torture 600 ${CMAKE_CURRENT_SOURCE_DIR}/torture/bitrot --binary $<TARGET_FILE:evlog> --count 16 --jobs 2)
evlog_script_test(torture_powercut torture 600 ${CMAKE_CURRENT_SOURCE_DIR}/torture/powercut --binary $<TARGET_FILE:evlog> --count 4)
