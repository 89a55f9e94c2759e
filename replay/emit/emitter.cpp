#include "replay/emit/emitter.h"

namespace httpprof::replay {

std::size_t memory_of(const Process& process) {
    return sizeof process + process.comm.size() + process.executable.size() +
           process.cgroup.size() + process.error.size() +
           (process.arguments ? process.arguments->size() : 0) +
           (process.environment ? process.environment->size() : 0);
}

void Emitter::render(const Event&, std::string&) const {}

Result<void> Emitter::event(const Event&) {
    return {};
}

Result<void> Emitter::rendered(std::string_view) {
    return {};
}

Result<void> Emitter::capture(const format::Header&) {
    return {};
}

Result<void> Emitter::transfer(const Transfer&, const WallClock&) {
    return {};
}

Result<void> Emitter::flush() {
    return {};
}

Result<void> Emitter::summary(const Summary&) {
    return {};
}

Result<void> Emitter::process(const ProcessReport&) {
    return {};
}

}  // namespace httpprof::replay
