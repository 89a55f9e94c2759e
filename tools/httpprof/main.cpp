// The commands of httpprof, each wired by hand.
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "tools/httpprof/analyze.h"
#include "tools/httpprof/diff.h"
#include "tools/httpprof/dump.h"
#include "tools/httpprof/examples.h"
#include "tools/httpprof/exit_status.h"
#include "tools/httpprof/export.h"
#include "tools/httpprof/help.h"
#include "tools/httpprof/info.h"
#include "tools/httpprof/interrupt.h"
#include "tools/httpprof/keygen.h"
#include "tools/httpprof/manual.h"
#include "tools/httpprof/merge.h"
#include "tools/httpprof/recover.h"
#include "tools/httpprof/redact.h"
#include "tools/httpprof/report.h"
#include "tools/httpprof/report_page.h"
#include "tools/httpprof/slice.h"
#include "tools/httpprof/verify.h"
#ifdef HTTPPROF_RECORDER
#include "tools/httpprof/live.h"
#include "tools/httpprof/record.h"
#endif

namespace httpprof::cli {
namespace {

// Of a command for which there is no memory; 2 of diff, as diff(1) has it.
int status_of_failure = 1;

#ifndef HTTPPROF_RECORDER
// Takes record's place, so that it is not called an unknown command; its arguments do not matter.
void add_record(CLI::App& app, int, char**, int& exit_status) {
    CLI::App* command =
        app.add_subcommand("record", "Record live HTTP traffic (not in this build)");
    command->prefix_command();
    command->callback([&exit_status] {
        exit_status = fail({"this build has no recorder; build with -DHTTPPROF_RECORDER=ON"});
    });
}
#endif

// An empty value is mostly that of a variable that a script has not set: without the key or the
// name that it should be, a command would do something else and not say so. A COMMAND may have it.
void refuse_empty_values(CLI::App& app) {
    const auto check = [](const std::string& value) {
        return std::string(value.empty() ? "it is empty" : "");
    };
    for (CLI::Option* option : app.get_options([](const CLI::Option* each) {
             return each->get_type_size_max() > 0 && each->get_name() != "COMMAND";
         }))
        option->check(CLI::Validator(check, ""));
    for (CLI::App* command : app.get_subcommands({}))
        refuse_empty_values(*command);
}

// CLI11 misses what is required first.
void report_wrong(const CLI::App& app, const CLI::ParseError& error) {
    const auto unknown = app.remaining(true);
    const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (is_missing && !unknown.empty()) {
        report("there is no command or option '%s'; see httpprof --help", unknown[0].c_str());
    } else {
        report("%s; see httpprof --help", error.what());
    }
}

// Text that was asked for, which CLI11 passes as an error.
int show(const CLI::App& app, const CLI::ParseError& error) {
    std::ostringstream text;
    app.exit(error, text);
    return print(text.str());
}

int run(int argc, char** argv) {
    int exit_status = 0;
    CLI::App app("Records the HTTP traffic of a host into a capture file, and analyzes it.",
                 "httpprof");
    app.formatter(std::make_shared<HelpFormatter>());
    app.set_version_flag("--version", "httpprof " HTTPPROF_VERSION);
    app.require_subcommand(1);
    add_record(app, argc, argv, exit_status);
#ifdef HTTPPROF_RECORDER
    add_live(app, argc, argv, exit_status);
#endif
    add_analyze(app, exit_status);
    add_diff(app, exit_status);
    add_info(app, exit_status);
    add_verify(app, exit_status);
    add_dump(app, exit_status);
    add_export(app, exit_status);
    add_report(app, exit_status);
    add_keygen(app, exit_status);
    add_slice(app, argc, argv, exit_status);
    add_recover(app, argc, argv, exit_status);
    add_merge(app, argc, argv, exit_status);
    add_redact(app, argc, argv, exit_status);
    add_manual(app, exit_status);
    add_examples(app);
    refuse_empty_values(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RuntimeError& error) {
        return error.get_exit_code();
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return show(app, error);
        report_wrong(app, error);
        return kCommandLineIsWrong;
    }
    return exit_status;
}

// Where there is no memory, or no thread is to be had (std::system_error), whichever thread found
// it: the others cannot be waited for, since what they wait for may never come.
[[noreturn]] void end_without_means() {
    try {
        if (const auto uncaught = std::current_exception()) std::rethrow_exception(uncaught);
    } catch (const std::bad_alloc&) {
        std::fputs("httpprof: there is not enough memory\n", stderr);
        std::_Exit(status_of_failure);
    } catch (const std::system_error& error) {
        std::fprintf(stderr, "httpprof: cannot start a thread: %s\n", error.what());
        std::_Exit(status_of_failure);
    } catch (...) {
        // Not foreseen: a core file is of use.
    }
    std::abort();
}

// A closed pipe, or a file that may not grow (RLIMIT_FSIZE), is an error of write(2), which knows
// what was lost. The signals are not ignored, since a recorded command would inherit that.
void outlive_failing_writes() {
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
        action.sa_handler = [](int) {};
        action.sa_flags = SA_RESTART;
        ::sigaction(signal, &action, nullptr);
    }
}

// What is opened must not become one of these and be taken for it. To use one fails as before.
void hold_closed_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const bool is_closed = ::fcntl(descriptor, F_GETFD) < 0;
        if (is_closed) ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

}  // namespace
}  // namespace httpprof::cli

int main(int argc, char** argv) {
    httpprof::cli::outlive_failing_writes();
    std::set_terminate(httpprof::cli::end_without_means);
    if (argc > 1 && std::string_view(argv[1]) == "diff") httpprof::cli::status_of_failure = 2;
    httpprof::cli::hold_closed_standard_descriptors();
    httpprof::cli::outlive_interrupted_writer(argc, argv);
    return httpprof::cli::run(argc, argv);
}
