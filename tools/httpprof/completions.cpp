#include "tools/httpprof/completions.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/httpprof/commands.h"
#include "tools/httpprof/help.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

std::string in_quotes(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + '\'';
}

std::string first_sentence(const std::string& text) {
    return text.substr(0, text.find("; "));
}

std::vector<std::string> names_below(const Command& command) {
    std::vector<std::string> names;
    for (const Command& below : subcommands(command))
        names.push_back(below.app->get_name());
    return names;
}

// The program, its commands and theirs.
std::vector<Command> levels(CLI::App& program) {
    std::vector<Command> commands = all_commands(program);
    commands.insert(commands.begin(), {"", &program});
    return commands;
}

std::string bash_values(const Command& command) {
    std::string cases;
    for (const CLI::Option* option : named_options(*command.app)) {
        const std::string words = joined(choices(*option), " ");
        if (words.empty()) continue;
        for (const std::string& flag : flags_of(*option))
            cases += "                " + flag + ") words=" + in_quotes(words) + " ;;\n";
    }
    return cases.empty() ? cases : "            case $before in\n" + cases + "            esac\n";
}

// What stands after the name of a command: names of commands, or options and files.
std::string bash_case(const Command& command) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : named_options(*command.app))
        std::ranges::copy(flags_of(*option), std::back_inserter(flags));
    const std::vector<std::string> names = names_below(command);
    const std::string name = in_quotes(command.name);
    const std::string pattern = names.empty() ? name + '|' + name + "\\ *" : name;
    return "        " + pattern + ")\n            flags=" + in_quotes(joined(flags, " ")) + '\n' +
           (names.empty() ? bash_values(command)
                          : "            words=" + in_quotes(joined(names, " ")) + '\n') +
           "            ;;\n";
}

std::string zsh_list(const Command& command) {
    std::string list = "            " + in_quotes(command.name) + ") names=(\n";
    for (const Command& below : subcommands(command)) {
        list +=
            "                " +
            in_quotes(below.app->get_name() + ':' + first_sentence(below.app->get_description())) +
            '\n';
    }
    return list + "            ) ;;\n";
}

std::string zsh_options(const Command& command) {
    std::string text = "        " + in_quotes(command.name) + ")\n            _arguments -S";
    for (const CLI::Option* option : named_options(*command.app)) {
        std::string about = first_sentence(option->get_description());
        std::erase_if(about, [](char c) { return c == '[' || c == ']' || c == ':'; });
        const std::string words = joined(choices(*option), " ");
        const std::string value = takes_value(*option)
                                      ? (words.empty() ? ":value:_files" : ":value:(" + words + ')')
                                      : "";
        for (const std::string& flag : flags_of(*option))
            text += " \\\n                " + in_quotes('*' + flag + '[' + about + ']' + value);
    }
    return text + " \\\n                '*:file:_files' ;;\n";
}

// True in fish where the next word belongs to this command.
std::string fish_condition(const Command& command) {
    std::string seen;
    std::string_view names = command.name;
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find(' '));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        seen.append(seen.empty() ? "" : "; and ")
            .append("__fish_seen_subcommand_from ")
            .append(name);
    }
    const std::string below = joined(names_below(command), " ");
    if (below.empty()) return seen;
    return seen + (seen.empty() ? "" : "; and ") + "not __fish_seen_subcommand_from " + below;
}

std::string fish_option(const std::string& start, const CLI::Option& option) {
    std::string text = start;
    for (const std::string& letter : option.get_snames())
        text += " -s " + letter;
    for (const std::string& word : option.get_lnames())
        text += " -l " + word;
    const std::string words = joined(choices(option), " ");
    if (!words.empty()) {
        text += " -x -a " + in_quotes(words);
    } else if (takes_value(option)) {
        text += " -r";
    }
    return text + " -d " + in_quotes(first_sentence(option.get_description())) + '\n';
}

}  // namespace

std::string bash_completion(CLI::App& program) {
    std::string cases;
    for (const Command& command : levels(program))
        cases += bash_case(command);
    return "# bash completion for httpprof\n"
           "_httpprof() {\n"
           "    local IFS=$' \\t\\n' flags= words=\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    case \"${COMP_WORDS[*]:1:COMP_CWORD - 1}\" in\n" +
           cases +
           "    esac\n"
           "    if [[ $word == -* ]]; then\n"
           "        words=$flags\n"
           "    fi\n"
           "    if [[ $words ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "    else\n"
           "        compopt -o filenames 2>/dev/null\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
           "    fi\n"
           "}\n"
           "complete -F _httpprof httpprof\n";
}

std::string zsh_completion(CLI::App& program) {
    std::string lists;
    std::string options;
    for (const Command& command : levels(program)) {
        if (names_below(command).empty()) {
            options += zsh_options(command);
        } else {
            lists += zsh_list(command);
        }
    }
    return "#compdef httpprof\n"
           "_httpprof() {\n"
           "    local command=\n"
           "    local -a names\n"
           "    while true; do\n"
           "        case $command in\n" +
           lists +
           "            *) break ;;\n"
           "        esac\n"
           "        if ((CURRENT == 2)); then\n"
           "            _describe command names\n"
           "            return\n"
           "        fi\n"
           "        command=\"${command:+$command }$words[2]\"\n"
           "        shift words\n"
           "        ((CURRENT--))\n"
           "    done\n"
           "    case $command in\n" +
           options +
           "    esac\n"
           "}\n"
           "_httpprof \"$@\"\n";
}

std::string fish_completion(CLI::App& program) {
    std::string text = "# fish completion for httpprof\n";
    for (const Command& command : levels(program)) {
        const std::string start = "complete -c httpprof -n " + in_quotes(fish_condition(command));
        for (const Command& below : subcommands(command)) {
            text += start + " -f -a " + below.app->get_name() + " -d " +
                    in_quotes(first_sentence(below.app->get_description())) + '\n';
        }
        for (const CLI::Option* option : named_options(*command.app))
            text += fish_option(start, *option);
    }
    return text;
}

}  // namespace httpprof::cli
