#include "tools/httpprof/export_otlp.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "replay/emit/otlp/otlp_emitter.h"
#include "tools/httpprof/exit_status.h"
#include "tools/httpprof/export_events.h"
#include "tools/httpprof/otlp_client.h"
#include "tools/httpprof/otlp_headers.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

const char* const kHeadersVariable = "OTEL_EXPORTER_OTLP_HEADERS";

const char* const kOtlpNotes =
    "Without --endpoint each line of the output is a request as a collector takes it "
    "(ExportTraceServiceRequest).\n"
    "Methods that $OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS does not list are _OTHER, where it is "
    "set.\n"
    "URLs, command lines and resource attributes may hold secrets: see --redact.";

struct OtlpOptions {
    ExportOptions common;
    std::optional<std::string> endpoint;  // none: write to a file
    std::vector<std::string> headers;
};

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

Error error_of(const std::string& name, const Error& error) {
    return {name + ": " + error.message};
}

Result<std::vector<HeaderField>> headers_of(const OtlpOptions& options) {
    if (options.headers.empty()) {
        auto told = parse_header_list(variable(kHeadersVariable));
        return told ? std::move(told) : error_of(kHeadersVariable, told.error());
    }
    std::vector<HeaderField> fields;
    for (const std::string& header : options.headers) {
        auto field = parse_header(header);
        if (!field) return error_of("--header", field.error());
        fields.push_back(*std::move(field));
    }
    return fields;
}

replay::KnownMethods told_methods() {
    return replay::known_methods(variable("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"));
}

int write_file(const ExportOptions& options) {
    std::unique_ptr<replay::OtlpFile> file;
    return run_export(options, [&](replay::Output& output, const EventRun&) {
        file = std::make_unique<replay::OtlpFile>(output);
        return std::make_unique<replay::OtlpEmitter>(*file, told_methods());
    });
}

int send(const OtlpOptions& options) {
    const auto headers = headers_of(options);
    if (!headers) return fail_command_line(headers.error().message);
    const auto opened =
        OtlpClient::open(*options.endpoint, *headers,
                         [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); });
    if (!opened) return fail_command_line(opened.error().message);
    OtlpClient& client = **opened;
    replay::OtlpEmitter emitter(client, told_methods());
    const int status = run_export(options.common, emitter);
    if (client.rejected_spans() > 0) {
        report("the collector rejected %s",
               count_text(client.rejected_spans(), "span", "spans").c_str());
    }
    if (!client.remark().empty()) report("the collector says: %s", client.remark().c_str());
    return status == 0 && client.rejected_spans() > 0 ? kNotWhole : status;
}

}  // namespace

void add_export_otlp(CLI::App& command, int& exit_status) {
    auto options = std::make_shared<OtlpOptions>();
    options->common.join_responses = true;  // or it is not known why there is none
    add_export_options(command, options->common);
    auto* endpoint =
        command
            .add_option(
                "--endpoint", options->endpoint,
                "Send to the collector at this URL, such as http://127.0.0.1:4318, instead of "
                "writing to a file")
            ->type_name("URL")
            ->excludes("--output");
    command
        .add_option("--header", options->headers,
                    "A header field of what is sent, such as an API key")
        ->needs(endpoint)
        ->type_name("NAME=VALUE")
        ->default_str(std::string("$") + kHeadersVariable)
        ->allow_extra_args(false);
    command.footer(kOtlpNotes);
    command.callback([options, &exit_status] {
        exit_status = options->endpoint ? send(*options) : write_file(options->common);
    });
}

}  // namespace httpprof::cli
