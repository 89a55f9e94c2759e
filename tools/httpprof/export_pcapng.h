// httpprof export pcapng: the bytes of connections as packets.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Makes `command` this. When it was called, `exit_status` has its outcome.
void add_export_pcapng(CLI::App& command, int& exit_status);

}  // namespace httpprof::cli
