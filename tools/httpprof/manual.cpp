#include "tools/httpprof/manual.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
    return program.get_subcommands(
        [](const CLI::App* command) { return !command->get_group().empty(); });
}

// The options with a name, not the operands.
std::vector<const CLI::Option*> named_options(const CLI::App& command) {
    return command.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

// "-o", "--output", in that order.
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

// Text in which troff finds nothing to act on.
std::string roff(std::string_view text) {
    std::string escaped;
    bool at_line_start = true;
    for (const char c : text) {
        if (at_line_start && (c == '.' || c == '\'')) escaped += "\\&";
        if (c == '\\') {
            escaped += "\\e";
        } else if (c == '-') {
            escaped += "\\-";
        } else {
            escaped += c;
        }
        at_line_start = c == '\n';
    }
    return escaped;
}

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

void put_option(std::string& page, const CLI::Option& option) {
    page += ".TP\n";
    std::string line;
    for (const std::string& flag : flags_of(option))
        line += (line.empty() ? "\\fB" : ", \\fB") + roff(flag) + "\\fR";
    // Behind the colon are the names of checks.
    const std::string type = option.get_type_name();
    if (takes_value(option)) line += " \\fI" + roff(type.substr(0, type.find(':'))) + "\\fR";
    page += line + '\n' + roff(option.get_description());
    if (!option.get_default_str().empty()) {
        page += " (default: " + roff(option.get_default_str()) + ')';
    }
    if (!option.get_envname().empty()) {
        page += " (environment: \\fB" + roff(option.get_envname()) + "\\fR)";
    }
    page += '\n';
}

std::string synopsis(const CLI::App& command) {
    std::string text = "\\fBhttpprof " + roff(command.get_name()) + "\\fR [\\fIOPTIONS\\fR]";
    for (const CLI::Option* option : command.get_options()) {
        if (option->nonpositional()) continue;
        const std::string name = "\\fI" + roff(option->get_name(true)) + "\\fR";
        text += option->get_required() ? ' ' + name : " [" + name + ']';
        if (option->get_items_expected_max() > 1) text += "...";
    }
    return text;
}

// A footer, as it is.
void put_notes(std::string& page, const std::string& footer) {
    if (!footer.empty()) page += ".SH NOTES\n.nf\n" + roff(footer) + "\n.fi\n";
}

std::string header(const std::string& name, const std::string& what) {
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    });
    return ".TH " + upper + " 1 \"\" \"httpprof " HTTPPROF_VERSION "\"\n.SH NAME\n" + roff(name) +
           " \\- " + roff(what) + '\n';
}

constexpr const char* kExitStatus =
    ".SH EXIT STATUS\n"
    "0: done. 1: it could not be done. 2: the command line is wrong. 3: done, but something was "
    "damaged, lost or left out, and it was asked to care. diff(1)\\-like commands: 0 equal, 1 "
    "different, 2 trouble. \\fBrecord\\fR and \\fBlive\\fR return the status of COMMAND.\n";

std::string command_page(const CLI::App& command) {
    std::string page = header("httpprof-" + command.get_name(), command.get_description());
    page += ".SH SYNOPSIS\n" + synopsis(command) + "\n.SH OPTIONS\n";
    for (const CLI::Option* option : command.get_options()) {
        if (option->nonpositional()) continue;
        page += ".TP\n\\fI" + roff(option->get_name(true)) + "\\fR\n" +
                roff(option->get_description()) + '\n';
    }
    for (const CLI::Option* option : named_options(command))
        put_option(page, *option);
    put_notes(page, command.get_footer());
    return page + kExitStatus + ".SH SEE ALSO\n\\fBhttpprof\\fR(1)\n";
}

std::string program_page(const CLI::App& program) {
    std::string page = header("httpprof", "record and replay the HTTP traffic of a host");
    page += ".SH SYNOPSIS\n\\fBhttpprof\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n" +
            roff(program.get_description()) + "\n.SH COMMANDS\n";
    for (const CLI::App* command : commands_of(program)) {
        page += ".TP\n\\fB" + roff(command->get_name()) + "\\fR\n" +
                roff(command->get_description()) + '\n';
    }
    page += std::string(kExitStatus) + ".SH SEE ALSO\n";
    std::string list;
    for (const CLI::App* command : commands_of(program))
        list += (list.empty() ? "\\fBhttpprof\\-" : ",\n\\fBhttpprof\\-") +
                roff(command->get_name()) + "\\fR(1)";
    return page + list + '\n';
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) return Error{"cannot write " + path.string()};
    return {};
}

int write_manual(const CLI::App& program, const std::string& folder) {
    const std::filesystem::path root(folder);
    std::vector<std::pair<std::filesystem::path, std::string>> files = {
        {"man1/httpprof.1", manual_page(program, nullptr)},
        {"bash/httpprof", bash_completion(program)},
        {"zsh/_httpprof", zsh_completion(program)},
        {"fish/httpprof.fish", fish_completion(program)},
    };
    for (const CLI::App* command : commands_of(program)) {
        files.emplace_back("man1/httpprof-" + command->get_name() + ".1",
                           manual_page(program, command));
    }
    for (const auto& [path, text] : files) {
        if (auto written = write_file(root / path, text); !written) return fail(written.error());
    }
    return 0;
}

}  // namespace

std::string manual_page(const CLI::App& program, const CLI::App* command) {
    return command == nullptr ? program_page(program) : command_page(*command);
}

std::string bash_completion(const CLI::App& program) {
    std::vector<std::string> names;
    std::string cases;
    for (const CLI::App* command : commands_of(program)) {
        names.push_back(command->get_name());
        std::vector<std::string> flags;
        for (const CLI::Option* option : named_options(*command))
            std::ranges::copy(flags_of(*option), std::back_inserter(flags));
        cases += "        " + command->get_name() + ") flags=" + in_quotes(joined(flags)) + " ;;\n";
    }
    return "# bash completion for httpprof\n"
           "_httpprof() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} flags=\n"
           "    if ((COMP_CWORD == 1)); then\n"
           "        COMPREPLY=($(compgen -W " +
           in_quotes(joined(names) + " --help --version") +
           " -- \"$word\"))\n"
           "        return\n"
           "    fi\n"
           "    case ${COMP_WORDS[1]} in\n" +
           cases +
           "    esac\n"
           "    if [[ $word == -* ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
           "    else\n"
           "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
           "    fi\n"
           "}\n"
           "complete -o filenames -F _httpprof httpprof\n";
}

std::string zsh_completion(const CLI::App& program) {
    std::string commands;
    std::string cases;
    for (const CLI::App* command : commands_of(program)) {
        commands +=
            "        " +
            in_quotes(command->get_name() + ':' + first_sentence(command->get_description())) +
            '\n';
        cases += "        " + command->get_name() + ")\n            _arguments";
        for (const CLI::Option* option : named_options(*command)) {
            for (const std::string& flag : flags_of(*option)) {
                std::string text = first_sentence(option->get_description());
                std::erase_if(text, [](char c) { return c == '[' || c == ']' || c == ':'; });
                cases += " \\\n                " +
                         in_quotes('*' + flag + '[' + text + ']' +
                                   (takes_value(*option) ? ":value:_files" : ""));
            }
        }
        cases += " \\\n                '*:file:_files' ;;\n";
    }
    return "#compdef httpprof\n"
           "_httpprof() {\n"
           "    local -a commands\n"
           "    commands=(\n" +
           commands +
           "    )\n"
           "    if ((CURRENT == 2)); then\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    local command=$words[2]\n"
           "    shift words\n"
           "    ((CURRENT--))\n"
           "    case $command in\n" +
           cases +
           "    esac\n"
           "}\n"
           "_httpprof \"$@\"\n";
}

std::string fish_completion(const CLI::App& program) {
    std::string text = "# fish completion for httpprof\n";
    for (const CLI::App* command : commands_of(program)) {
        const std::string& name = command->get_name();
        text += "complete -c httpprof -n __fish_use_subcommand -f -a " + name + " -d " +
                in_quotes(first_sentence(command->get_description())) + '\n';
        for (const CLI::Option* option : named_options(*command)) {
            text += "complete -c httpprof -n '__fish_seen_subcommand_from " + name + '\'';
            for (const std::string& letter : option->get_snames())
                text += " -s " + letter;
            for (const std::string& word : option->get_lnames())
                text += " -l " + word;
            if (takes_value(*option)) text += " -r";
            text += " -d " + in_quotes(first_sentence(option->get_description())) + '\n';
        }
    }
    return text;
}

void add_manual(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("manual", "Write the manual pages and completions");
    command->group("");
    auto folder = std::make_shared<std::string>();
    command->add_option("FOLDER", *folder, "Where to")->required();
    command->callback([&app, folder, &exit_status] { exit_status = write_manual(app, *folder); });
}

}  // namespace httpprof::cli
