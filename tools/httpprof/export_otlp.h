// httpprof export otlp: exchanges as spans of OpenTelemetry, to a file or to a collector.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Makes `command` this. When it was called, `exit_status` has its outcome.
void add_export_otlp(CLI::App& command, int& exit_status);

}  // namespace httpprof::cli
