#include "tools/httpprof/examples.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "tools/httpprof/commands.h"

namespace httpprof::cli {
namespace {

struct Example {
    std::string_view command;
    const char* text;
};

constexpr std::array kExamples = {
    Example{"record", "httpprof record -o shop.httpprof --duration 30s --port 8080"},
    Example{"live", "httpprof live --pretty --port 8080"},
    Example{"analyze",
            "httpprof analyze shop.httpprof -o events.jsonl --env-out env.yaml --filter 'status >= "
            "500'"},
    Example{"diff", "httpprof diff before.httpprof after.httpprof"},
    Example{"export", "httpprof export csv shop.httpprof -o shop.csv"},
    Example{"export csv", "httpprof export csv shop.httpprof --side client -o shop.csv"},
    Example{"export har", "httpprof export har shop.httpprof --side client -o shop.har"},
    Example{"export service-map",
            "httpprof export service-map shop.httpprof --format dot | dot -Tsvg > shop.svg"},
    Example{"export otlp", "httpprof export otlp shop.httpprof --endpoint http://127.0.0.1:4318"},
    Example{"export pcapng", "httpprof export pcapng shop.httpprof | tshark -r - -Y http"},
    Example{"report", "httpprof report shop.httpprof -o report.html"},
    Example{"info", "httpprof info shop.httpprof"},
    Example{"verify", "httpprof verify shop.*.httpprof --public-key host7.pub"},
    Example{"dump", "httpprof dump shop.httpprof --hex | less"},
    Example{"keygen", "httpprof keygen -o analyst"},
    Example{"slice",
            "httpprof slice shop.httpprof -o part.httpprof --from 2026-11-22T18:00:00Z --to +90"},
    Example{"recover", "httpprof recover broken.httpprof -o whole.httpprof"},
    Example{"merge", "httpprof merge shop.*.httpprof -o shop.httpprof"},
    Example{"redact", "httpprof redact shop.httpprof -o share.httpprof"},
};

}  // namespace

void add_examples(CLI::App& program) {
    for (const Command& command : all_commands(program)) {
        const auto example = std::ranges::find(kExamples, command.name, &Example::command);
        if (example == kExamples.end()) continue;
        const std::string notes = command.app->get_footer();
        command.app->footer(std::string("Example:\n  ") + example->text +
                            (notes.empty() ? "" : "\n\n" + notes));
    }
}

}  // namespace httpprof::cli
