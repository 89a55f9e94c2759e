#include "tools/httpprof/help.h"

#include <sstream>

#include "tools/httpprof/report.h"

namespace httpprof::cli {

std::vector<const CLI::Option*> named_options(const CLI::App& command) {
    return command.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

std::vector<std::string> flags_of(const CLI::Option& option) {
    std::vector<std::string> flags;
    for (const std::string& name : option.get_snames())
        flags.push_back('-' + name);
    for (const std::string& name : option.get_lnames())
        flags.push_back("--" + name);
    return flags;
}

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

// CLI::IsMember puts them behind the type: "TEXT:{auto,always,never}".
std::vector<std::string> choices(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t begin = type.find(":{");
    if (begin == type.npos) return {};
    std::istringstream list(type.substr(begin + 2, type.find('}') - begin - 2));
    std::vector<std::string> words;
    for (std::string word; std::getline(list, word, ',');)
        words.push_back(word);
    return words;
}

std::string value_name(const CLI::Option& option) {
    if (const auto words = choices(option); !words.empty()) return joined(words, "|");
    // Behind the colon are the names of checks.
    const std::string type = option.get_type_name();
    const std::string name = type.substr(0, type.find(':'));
    return name == "UINT" || name == "INT" ? "N" : name;
}

std::string purpose(const CLI::Option& option) {
    std::string notes = option.get_default_str();
    if (option.get_required()) notes = "required";
    if (!option.get_envname().empty())
        notes += (notes.empty() ? "$" : ", $") + option.get_envname();
    return option.get_description() + (notes.empty() ? "" : " [" + notes + ']');
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
    if (!option->nonpositional() || !takes_value(*option)) return {};
    return ' ' + value_name(*option);
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
    return purpose(*option);
}

}  // namespace httpprof::cli
