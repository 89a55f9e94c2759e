#include "replay/process_shelf.h"

#include <string>
#include <string_view>
#include <utility>

#include "replay/value_bytes.h"

namespace httpprof::replay {
namespace {

void append_text(std::string& bytes, std::string_view text) {
    append_value(bytes, text.size());
    bytes += text;
}

void append_text(std::string& bytes, const std::optional<std::string>& text) {
    append_value(bytes, text.has_value());
    if (text) append_text(bytes, std::string_view(*text));
}

void take_text(std::string_view& bytes, std::string& text) {
    const auto size = take_value<std::size_t>(bytes);
    text = bytes.substr(0, size);
    bytes.remove_prefix(size);
}

void take_text(std::string_view& bytes, std::optional<std::string>& text) {
    if (take_value<bool>(bytes)) take_text(bytes, text.emplace());
}

std::string encoded_process(const Process& process) {
    std::string bytes;
    append_value(bytes, process.pid);
    append_value(bytes, process.start_ns);
    append_value(bytes, process.environment_kept);
    append_value(bytes, process.identity);
    for (const std::string* text :
         {&process.comm, &process.executable, &process.cgroup, &process.error})
        append_text(bytes, std::string_view(*text));
    append_text(bytes, process.arguments);
    append_text(bytes, process.environment);
    return bytes;
}

Process decoded_process(std::string_view bytes) {
    Process process;
    take_value(bytes, process.pid);
    take_value(bytes, process.start_ns);
    take_value(bytes, process.environment_kept);
    take_value(bytes, process.identity);
    for (std::string* text : {&process.comm, &process.executable, &process.cgroup, &process.error})
        take_text(bytes, *text);
    take_text(bytes, process.arguments);
    take_text(bytes, process.environment);
    return process;
}

}  // namespace

std::size_t ProcessShelf::add(Process process) {
    places_.emplace_back();
    hold(places_.size() - 1, std::move(process));
    return places_.size() - 1;
}

void ProcessShelf::replace(std::size_t number, Process process) {
    Place& place = places_[number];
    if (place.process) let_go(place);
    if (place.written) spool_.drop(*std::exchange(place.written, std::nullopt));
    hold(number, std::move(process));
}

std::shared_ptr<const Process> ProcessShelf::at(std::size_t number) {
    Place& place = places_[number];
    if (place.process) {
        by_use_.splice(by_use_.end(), by_use_, place.by_use);
        return place.process;
    }
    std::string bytes;
    if (auto read = spool_.read(*place.written, bytes); !read) {
        if (!error_) error_ = read.error();
        return std::make_shared<const Process>();
    }
    hold(number, decoded_process(bytes));
    return places_[number].process;
}

// Also makes room for it.
void ProcessShelf::hold(std::size_t number, Process process) {
    Place& held = places_[number];
    bytes_ += memory_of(process);
    held.process = std::make_shared<const Process>(std::move(process));
    held.by_use = by_use_.insert(by_use_.end(), number);
    while (bytes_ > limit_ && by_use_.front() != number) {
        Place& oldest = places_[by_use_.front()];
        if (!write(oldest)) return;
        let_go(oldest);
    }
}

void ProcessShelf::let_go(Place& place) {
    bytes_ -= memory_of(*place.process);
    by_use_.erase(place.by_use);
    place.process.reset();
}

bool ProcessShelf::write(Place& place) {
    if (place.written) return true;
    const auto extent = spool_.write(encoded_process(*place.process));
    if (extent) {
        place.written = *extent;
    } else if (!error_) {
        error_ = extent.error();
    }
    return place.written.has_value();
}

}  // namespace httpprof::replay
