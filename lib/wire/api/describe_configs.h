// Configuration of topics and brokers, with where each value comes from.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DescribeConfigsRequest {
  static constexpr Message info{"DescribeConfigsRequest", 32, {1, 4}, 4};
  struct Resource {
    int8_t resource_type = 0;
    std::string_view resource_name;
    std::optional<Array<std::string_view>> configuration_keys = Array<std::string_view>{};
    static void visit(auto& io, auto& m) {
      io("ResourceType", m.resource_type);
      io("ResourceName", m.resource_name);
      io("ConfigurationKeys", m.configuration_keys);
    }
  };
  Array<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;
  static void visit(auto& io, auto& m) {
    io("Resources", m.resources);
    io("IncludeSynonyms", m.include_synonyms);
    io("IncludeDocumentation", m.include_documentation, since(3));
  }
};
EVLOG_WIRE_MESSAGE(DescribeConfigsRequest)

struct DescribeConfigsResponse {
  static constexpr Message info{"DescribeConfigsResponse", 32, {1, 4}, 4};
  struct Resource {
    struct Config {
      struct Synonym {
        std::string_view name;
        std::optional<std::string_view> value = "";
        int8_t source = 0;
        static void visit(auto& io, auto& m) {
          io("Name", m.name);
          io("Value", m.value);
          io("Source", m.source);
        }
      };
      std::string_view name;
      std::optional<std::string_view> value = "";
      bool read_only = false;
      int8_t config_source = -1;
      bool is_sensitive = false;
      Array<Synonym> synonyms;
      int8_t config_type = 0;
      std::optional<std::string_view> documentation = "";
      static void visit(auto& io, auto& m) {
        io("Name", m.name);
        io("Value", m.value);
        io("ReadOnly", m.read_only);
        io("ConfigSource", m.config_source);
        io("IsSensitive", m.is_sensitive);
        io("Synonyms", m.synonyms);
        io("ConfigType", m.config_type, since(3));
        io("Documentation", m.documentation, since(3));
      }
    };
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> error_message = "";
    int8_t resource_type = 0;
    std::string_view resource_name;
    Array<Config> configs;
    static void visit(auto& io, auto& m) {
      io("ErrorCode", m.error_code);
      io("ErrorMessage", m.error_message);
      io("ResourceType", m.resource_type);
      io("ResourceName", m.resource_name);
      io("Configs", m.configs);
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Resource> results;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Results", m.results);
  }
};
EVLOG_WIRE_MESSAGE(DescribeConfigsResponse)

}  // namespace evlog::wire
