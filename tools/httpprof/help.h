// How --help and the manual pages show an option.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace httpprof::cli {

// The options with a name, not the operands.
std::vector<const CLI::Option*> named_options(const CLI::App& command);

// "-o", "--output", in that order.
std::vector<std::string> flags_of(const CLI::Option& option);

// Whether something follows its name.
bool takes_value(const CLI::Option& option);

// The words of which its value is one; empty where it is not one of a few.
std::vector<std::string> choices(const CLI::Option& option);

// What stands for the value: "FILE", "auto|always|never".
std::string value_name(const CLI::Option& option);

// What it is for, with its default and the variable that sets it: "Write to this file [-]".
std::string purpose(const CLI::Option& option);

class HelpFormatter final : public CLI::Formatter {
  public:
    std::string make_option_opts(const CLI::Option* option) const override;
    std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace httpprof::cli
