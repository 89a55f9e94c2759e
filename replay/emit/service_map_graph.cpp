// The map as a graph for Graphviz and Mermaid. Nodes are numbered, so that no name can be syntax.
#include <array>
#include <cstdio>
#include <map>

#include "format/characters.h"
#include "replay/emit/service_map.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

std::string milliseconds(std::uint64_t ns) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(ns) / 1e6);
    return text.data();
}

// Lines about the calls, with `line_break` between them.
std::string label_of(const Calls& calls, const char* line_break) {
    const CallCounts& total = calls.total;
    std::string label = calls.address + line_break + std::to_string(total.exchanges) +
                        (total.exchanges == 1 ? " exchange" : " exchanges");
    const std::uint64_t errors = total.client_errors + total.server_errors;
    if (errors > 0) label += ", " + std::to_string(errors) + " errors";
    if (total.unanswered > 0) label += ", " + std::to_string(total.unanswered) + " unanswered";
    if (total.latency_ns.count() > 0) {
        label += line_break + ("p50 " + milliseconds(total.latency_ns.percentile(50))) + ", p99 " +
                 milliseconds(total.latency_ns.percentile(99));
    }
    return label;
}

std::map<std::string, std::size_t> numbers_of(const ServiceMap& map) {
    std::map<std::string, std::size_t> numbers;
    for (const Service& service : map.services)
        numbers.emplace(service.name, numbers.size());
    return numbers;
}

// For a quoted string of the DOT language.
std::string dot_text(const std::string& name) {
    std::string text;
    for (const char c : without_controls(as_utf8(name))) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

constexpr auto kPlainInMermaid = format::CharacterSet::alphanumeric_and(".-_ :/,");

// Mermaid takes entities by number for what would be syntax.
std::string mermaid_text(const std::string& name) {
    std::string text;
    for (const char c : without_controls(as_utf8(name))) {
        const auto code = static_cast<unsigned char>(c);
        if (code >= 0x80 || kPlainInMermaid.has(c)) {
            text += c;
        } else {
            text += '#' + std::to_string(code) + ';';
        }
    }
    return text;
}

}  // namespace

std::string service_map_dot(const ServiceMap& map) {
    const auto numbers = numbers_of(map);
    std::string text = "digraph services {\n  rankdir=LR;\n  node [shape=box];\n";
    for (const Service& service : map.services) {
        text += "  s" + std::to_string(numbers.at(service.name)) + " [label=\"" +
                dot_text(service.name) + (service.external ? "\", style=dashed];\n" : "\"];\n");
    }
    for (const Calls& calls : map.calls) {
        text += "  s" + std::to_string(numbers.at(calls.client)) + " -> s" +
                std::to_string(numbers.at(calls.server)) + " [label=\"" + label_of(calls, "\\n") +
                (calls.total.server_errors + calls.total.unanswered > 0 ? "\", color=red];\n"
                                                                        : "\"];\n");
    }
    return text + "}\n";
}

std::string service_map_mermaid(const ServiceMap& map) {
    const auto numbers = numbers_of(map);
    std::string text = "flowchart LR\n";
    for (const Service& service : map.services) {
        const std::string name = mermaid_text(service.name);
        text += "  s" + std::to_string(numbers.at(service.name)) +
                (service.external ? "([\"" + name + "\"])\n" : "[\"" + name + "\"]\n");
    }
    for (const Calls& calls : map.calls) {
        text += "  s" + std::to_string(numbers.at(calls.client)) + " -->|\"" +
                label_of(calls, "<br/>") + "\"| s" + std::to_string(numbers.at(calls.server)) +
                '\n';
    }
    return text;
}

}  // namespace httpprof::replay
