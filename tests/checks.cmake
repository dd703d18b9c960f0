# Everything that is a test and no doctest program: checks of the source, the simulator, fuzzers, real clients.
# scripts/test runs all of it; `ctest --test-dir build/release -L clients` runs one part. Exit code 77 is a skip; under CI
# tests/clients/run turns a skip without a reason in tests/clients/skips.txt into a failure.
set(EVLOG_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts)
set(EVLOG_CLIENTS ${PROJECT_SOURCE_DIR}/tests/clients)

function(evlog_script_test name label timeout_s)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
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

# The command line, word for word, and its man pages.
evlog_script_test(cli_sessions clients 300 ${EVLOG_CLIENTS}/cli.py --binary $<TARGET_FILE:evlog>)
evlog_script_test(cli_man checks 60 ${EVLOG_CLIENTS}/cli_man.py --binary $<TARGET_FILE:evlog>)
