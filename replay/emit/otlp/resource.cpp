#include "replay/emit/otlp/resource.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "format/percent_encoding.h"
#include "replay/emit/json_line.h"
#include "replay/emit/otlp/attributes.h"
#include "replay/emit/text.h"
#include "replay/environment_variable.h"
#include "replay/protocol/http1_head.h"

namespace httpprof::replay {
namespace {

using Texts = std::map<std::string, std::string>;

// Of OTEL_RESOURCE_ATTRIBUTES: name=value,..., percent-encoded (OpenTelemetry, Resource SDK,
// "Specifying resource information via an environment variable"). Pieces without a "=" are no
// attributes.
Texts told_attributes(std::string_view list) {
    Texts attributes;
    while (!list.empty()) {
        const std::string_view piece = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), piece.size() + 1));
        const auto equals = piece.find('=');
        if (equals == piece.npos) continue;
        const std::string name = format::percent_decoded(trimmed(piece.substr(0, equals)));
        if (name.empty()) continue;
        attributes[name] = format::percent_decoded(trimmed(piece.substr(equals + 1)));
    }
    return attributes;
}

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

// NUL-terminated ones, without the empty ones that some programs leave behind.
std::vector<std::string_view> strings_in(std::string_view text) {
    text = text.substr(0, text.find_last_not_of('\0') + 1);
    std::vector<std::string_view> strings;
    while (!text.empty()) {
        strings.push_back(text.substr(0, text.find('\0')));
        text.remove_prefix(std::min(text.size(), strings.back().size() + 1));
    }
    return strings;
}

void put_process(Attributes& attributes, const Process& process) {
    attributes.number("process.pid", process.pid);
    const std::string_view name = file_name(process.executable);
    attributes.text("process.executable.name", name.empty() ? process.comm : name);
    attributes.text("process.executable.path", process.executable);
    if (process.arguments) {
        // As UTF-8 or not all alike, as `cmdline` has them.
        const std::string arguments = as_utf8(*process.arguments);
        attributes.texts("process.command_args", strings_in(arguments));
    }
}

}  // namespace

std::string otlp_resource(const Event& event) {
    const Process& process = *event.process;
    const std::string_view environment =
        process.environment ? std::string_view(*process.environment) : std::string_view();
    Texts told = told_attributes(environment_variable(environment, "OTEL_RESOURCE_ATTRIBUTES"));
    std::string service(environment_variable(environment, "OTEL_SERVICE_NAME"));
    if (service.empty()) service = std::exchange(told["service.name"], {});
    if (service.empty()) service = process.comm;
    // What was seen is not taken from what was told.
    told.erase("service.name");
    told.erase("host.name");
    std::erase_if(told, [](const auto& entry) { return entry.first.starts_with("process."); });

    JsonLine line;
    {
        Attributes attributes(line);
        attributes.text("service.name", service);
        if (event.host) attributes.text("host.name", *event.host);
        put_process(attributes, process);
        for (const auto& [name, value] : told)
            attributes.text(name, value);
    }
    std::string text = line.take();
    text.pop_back();  // the end of the line
    return text;
}

}  // namespace httpprof::replay
