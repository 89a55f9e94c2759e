// Tells by its name whether a value is a secret.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace httpprof::format {

// Names that are secret beside those that look so. Case does not matter.
struct AdditionalNames {
    std::vector<std::string> headers;
    std::vector<std::string> variables;
    std::vector<std::string> parameters;
};

// Names are taken in any spelling: X-Api-Key, api_key and apiKey are alike. Errs towards secret.
class SecretNames {
  public:
    explicit SecretNames(const AdditionalNames& additional = {});

    bool is_header(std::string_view name);
    // Of a form or JSON; also as a header, since those are copied into bodies.
    bool is_parameter(std::string_view name);
    // Of a URL's query or fragment, or of a form, where `code` and `key` are credentials as well.
    bool is_query_parameter(std::string_view name);
    // Whether a number of that name is rather a count ("max_tokens") than a secret.
    bool is_often_number(std::string_view name);
    bool is_variable(std::string_view name) const;
    // An option of a command line, with or without its dashes.
    bool is_option(std::string_view name) const;

  private:
    // Judging takes much longer than finding the name among the last ones.
    struct Verdict {
        std::string name;
        bool header = false;
        bool parameter = false;
        bool query_parameter = false;
        bool often_number = false;
    };

    const Verdict& judge(std::string_view name);

    AdditionalNames additional_;        // in lower case
    std::array<Verdict, 1024> recent_;  // by hash
};

}  // namespace httpprof::format
