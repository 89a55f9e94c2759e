#include "tools/httpprof/manual.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/httpprof/commands.h"
#include "tools/httpprof/completions.h"
#include "tools/httpprof/help.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

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

void put_option(std::string& page, const CLI::Option& option) {
    page += ".TP\n";
    std::string line;
    for (const std::string& flag : flags_of(option))
        line += (line.empty() ? "\\fB" : ", \\fB") + roff(flag) + "\\fR";
    if (takes_value(option)) line += " \\fI" + roff(value_name(option)) + "\\fR";
    page += line + '\n' + roff(purpose(option)) + '\n';
}

std::string synopsis(const Command& command) {
    std::string text = "\\fBhttpprof " + roff(command.name) + "\\fR";
    if (!subcommands(command).empty()) return text + " \\fICOMMAND\\fR [\\fIOPTIONS\\fR]";
    text += " [\\fIOPTIONS\\fR]";
    for (const CLI::Option* option : std::as_const(*command.app).get_options()) {
        if (option->nonpositional()) continue;
        const std::string name = "\\fI" + roff(option->get_name(true)) + "\\fR";
        text += option->get_required() ? ' ' + name : " [" + name + ']';
        if (option->get_items_expected_max() > 1) text += "...";
    }
    return text;
}

std::string page_name(const Command& command) {
    std::string name = "httpprof-" + command.name;
    std::ranges::replace(name, ' ', '-');
    return name;
}

// A footer, as it is.
void put_notes(std::string& page, const std::string& footer) {
    if (!footer.empty()) page += ".SH NOTES\n.nf\n" + roff(footer) + "\n.fi\n";
}

void put_commands(std::string& page, const Command& command) {
    page += ".SH COMMANDS\n";
    for (const Command& below : subcommands(command)) {
        page += ".TP\n\\fB" + roff(below.app->get_name()) + "\\fR\n" +
                roff(below.app->get_description()) + '\n';
    }
}

void put_options(std::string& page, const Command& command) {
    page += ".SH OPTIONS\n";
    for (const CLI::Option* option : std::as_const(*command.app).get_options()) {
        if (option->nonpositional()) continue;
        page += ".TP\n\\fI" + roff(option->get_name(true)) + "\\fR\n" +
                roff(option->get_description()) + '\n';
    }
    for (const CLI::Option* option : named_options(*command.app))
        put_option(page, *option);
}

// Other pages, the program's own if there are no others.
void put_see_also(std::string& page, const std::vector<Command>& commands) {
    page += ".SH SEE ALSO\n";
    std::string list;
    for (const Command& command : commands)
        list += (list.empty() ? "\\fB" : ",\n\\fB") + roff(page_name(command)) + "\\fR(1)";
    page += (list.empty() ? "\\fBhttpprof\\fR(1)" : list) + '\n';
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
    "damaged, lost or left out (\\fBverify\\fR, \\fBrecover\\fR, \\fBslice\\fR, \\fBmerge\\fR, "
    "\\fBredact\\fR, \\fBanalyze \\-\\-strict\\fR; \\fBexport otlp\\fR where a collector rejected "
    "spans). \\fBrecord\\fR and \\fBlive\\fR return the status of COMMAND. \\fBdiff\\fR, as "
    "diff(1): 0 equal, 1 different, 2 trouble.\n";

std::string command_page(const Command& command) {
    std::string page = header(page_name(command), command.app->get_description());
    page += ".SH SYNOPSIS\n" + synopsis(command) + '\n';
    const std::vector<Command> below = subcommands(command);
    if (!below.empty()) put_commands(page, command);
    put_options(page, command);
    put_notes(page, command.app->get_footer());
    page += kExitStatus;
    put_see_also(page, below);
    return page;
}

std::string program_page(CLI::App& program) {
    const Command command{"", &program};
    std::string page = header("httpprof", "record and replay the HTTP traffic of a host");
    page += ".SH SYNOPSIS\n\\fBhttpprof\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n" +
            roff(program.get_description()) + '\n';
    put_commands(page, command);
    page += kExitStatus;
    put_see_also(page, subcommands(command));
    return page;
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

int write_manual(CLI::App& program, const std::string& folder) {
    const std::filesystem::path root(folder);
    std::vector<std::pair<std::filesystem::path, std::string>> files = {
        {"man1/httpprof.1", program_page(program)},
        {"bash/httpprof", bash_completion(program)},
        {"zsh/_httpprof", zsh_completion(program)},
        {"fish/httpprof.fish", fish_completion(program)},
    };
    for (const Command& command : all_commands(program))
        files.emplace_back("man1/" + page_name(command) + ".1", command_page(command));
    for (const auto& [path, text] : files) {
        if (auto written = write_file(root / path, text); !written) return fail(written.error());
    }
    return 0;
}

}  // namespace

void add_manual(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("manual", "Write the manual pages and completions");
    command->group("");
    auto folder = std::make_shared<std::string>();
    command->add_option("FOLDER", *folder, "Where to")->required();
    command->callback([&app, folder, &exit_status] { exit_status = write_manual(app, *folder); });
}

}  // namespace httpprof::cli
