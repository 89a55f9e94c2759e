#include "replay/normalize/normalizing_emitter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "format/digest.h"
#include "replay/emit/text.h"
#include "replay/normalize/clock_text.h"
#include "replay/normalize/port_text.h"
#include "replay/placed_message_codec.h"
#include "replay/value_bytes.h"

namespace httpprof::replay {
namespace {

// More of a start line does not decide about the order.
constexpr std::size_t kMostOfStartLine = 256;
constexpr std::uint16_t kAnyPort = 65535;
// Nor does more of what a process was told, but that it differs.
constexpr std::size_t kMostOfText = 256;

void append_message(std::string& bytes, Message&& message) {
    const std::optional<std::string> decoded = std::move(message.decoded);
    PlacedMessage placed;
    placed.paired.message = std::make_shared<Message>(std::move(message));
    RecentHeads none;
    append_encoded(bytes, placed, none);
    append_value(bytes, decoded.has_value());
    if (decoded) bytes += *decoded;
}

std::shared_ptr<Message> take_message(std::string_view bytes) {
    RecentHeads none;
    std::shared_ptr<Message> message = take_encoded(bytes, none).paired.message;
    if (take_value<bool>(bytes)) message->decoded = bytes;
    return message;
}

std::string without_ports(std::string text, PortContext context) {
    replace_ports(text, context, [](std::string_view, std::uint16_t) { return kAnyPort; });
    return text;
}

// Of what is the same in every run: ports, which are not, do not count.
std::uint64_t digest_of(const Message& message) {
    std::string said = without_ports(message.raw, PortContext::authority) + message.first.comm;
    said += without_ports(message.decoded.value_or(std::string()), PortContext::authority);
    append_value(said, message.size);
    append_value(said, message.truncated);
    for (const Gap& gap : message.gaps) {
        append_value(said, gap.offset);
        append_value(said, gap.length);
        append_value(said, gap.cause);
    }
    const format::Digest digest = format::digest_of(std::as_bytes(std::span(said)));
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < sizeof first; ++i)
        first = first << 8 | digest[i];
    return first;
}

// Decides as the text would, in memory of bounded size.
std::string shortened(std::string text) {
    if (text.size() <= kMostOfText) return text;
    const format::Digest digest = format::digest_of(std::as_bytes(std::span(text)));
    text.resize(kMostOfText);
    text.append(digest.begin(), digest.end());
    text.shrink_to_fit();
    return text;
}

// Spreads what differs in few bits over all.
std::uint64_t mixed(std::uint64_t digest, const SortedGroups::Key& key) {
    return (digest + key.major * 4 + key.minor) * 0x9E3779B97F4A7C15;
}

format::Endpoint without_port(format::Endpoint end) {
    if (end.port >= kFirstEphemeralPort) end.port = 0;
    return end;
}

}  // namespace

NormalizingEmitter::NormalizingEmitter(std::vector<Emitter*> emitters, NormalizeOptions options)
    : emitters_(std::move(emitters)), normalizer_(std::move(options)) {}

bool NormalizingEmitter::wants_environments() const {
    return std::ranges::any_of(emitters_, &Emitter::wants_environments);
}

// The message, in front of it its size and digest.
void NormalizingEmitter::render(const Event& event, std::string& text) const {
    Message message = normalizer_.normalized(event);
    const std::uint64_t digest = digest_of(message);
    std::string stored;
    append_message(stored, std::move(message));
    append_value(text, stored.size());
    append_value(text, digest);
    text += stored;
}

Result<void> NormalizingEmitter::event(const Event& event) {
    const Place place{.pair = pairs_.pair_of(event),
                      .process = event.process_number,
                      .exchange = event.exchange.value_or(0),
                      .is_response = event.message->kind == Message::Kind::response ? 1u : 0u,
                      .side = static_cast<std::uint64_t>(side_of(event))};
    note_content(place, event);
    arrived_.push_back(place);
    return {};
}

void NormalizingEmitter::note_content(const Place& place, const Event& event) {
    const bool is_new = place.pair == contents_.size();
    if (is_new) contents_.emplace_back().host = event.host;
    Content& content = contents_[place.pair];
    if (content.processes[place.side] == kNoProcess) content.processes[place.side] = place.process;
    if (!is_new && place.key() >= content.first_key) return;
    const std::string_view raw = event.message->raw;
    std::string line(raw.substr(0, std::min(raw.find('\n'), kMostOfStartLine)));
    reset_clock_readings(line, clock_span_of(event));
    content.first_key = place.key();
    content.start_line = without_ports(std::move(line), PortContext::authority);
}

Result<void> NormalizingEmitter::rendered(std::string_view text) {
    for (const Place& place : arrived_) {
        const auto size = take_value<std::size_t>(text);
        contents_[place.pair].digest += mixed(take_value<std::uint64_t>(text), place.key());
        std::string stored;
        append_value(stored, place);
        stored += text.substr(0, size);
        text.remove_prefix(size);
        if (auto added = events_.add(place.pair, place.key(), stored); !added) return added;
    }
    arrived_.clear();
    return {};
}

Result<void> NormalizingEmitter::process(const ProcessReport& report) {
    if (report.number >= processes_.size()) processes_.resize(report.number + 1);
    processes_[report.number] = shelf_.add(normalizer_.normalized(*report.process));
    return shelf_.error() ? Result<void>(*shelf_.error()) : Result<void>();
}

Result<void> NormalizingEmitter::finish() {
    for (const ConnectionPair& pair : pairs_.pairs()) {
        if (pair.server.port >= kFirstEphemeralPort) ports_.add_server(pair.server.port);
        ports_.add_client(pair.client);
    }
    is_numbered_.resize(processes_.size());
    for (const std::size_t pair : order_of_pairs()) {
        if (auto emitted = emit_pair(pair); !emitted) return emitted;
    }
    number_other_processes();
    if (auto emitted = emit_processes(); !emitted) return emitted;
    for (Emitter* emitter : emitters_) {
        if (auto finished = emitter->finish(); !finished) return finished;
    }
    return {};
}

// By process number: what its program is in the order of all of them, by command line.
std::vector<std::size_t> NormalizingEmitter::program_order() {
    std::map<std::string, std::size_t> programs;
    const auto program_of = [](const Process& process) {
        return shortened(
            without_ports(process.arguments.value_or(process.comm), PortContext::word));
    };
    for (const auto& process : processes_) {
        if (process) programs.emplace(program_of(*shelf_.at(*process)), 0);
    }
    std::size_t next = 1;
    for (auto& [program, number] : programs)
        number = next++;
    std::vector<std::size_t> order;
    for (const auto& process : processes_)
        order.push_back(process ? programs[program_of(*shelf_.at(*process))] : 0);
    return order;
}

std::vector<std::size_t> NormalizingEmitter::order_of_pairs() {
    using Key = std::tuple<std::size_t, format::Endpoint, std::string_view, std::size_t,
                           std::uint64_t, std::size_t>;
    const std::vector<std::size_t> programs = program_order();
    const auto program_at = [&](const Content& content, Side side) {
        const std::uint64_t process = content.processes[static_cast<std::size_t>(side)];
        return process == kNoProcess ? 0 : programs[process];
    };
    std::vector<Key> keys;
    for (std::size_t i = 0; i < contents_.size(); ++i) {
        const Content& content = contents_[i];
        keys.emplace_back(program_at(content, Side::client), without_port(pairs_.pairs()[i].server),
                          content.start_line, program_at(content, Side::server), content.digest, i);
    }
    std::ranges::sort(keys);
    std::vector<std::size_t> order;
    order.reserve(keys.size());
    for (const Key& key : keys)
        order.push_back(std::get<5>(key));
    return order;
}

Result<void> NormalizingEmitter::emit_pair(std::size_t pair) {
    Current current;
    current.ends = pairs_.pairs()[pair];
    const std::uint16_t server = ports_.of_server(current.ends.server.port);
    current.server_port = server != 0 ? server : current.ends.server.port;
    current.client_port = ports_.of_client(current.ends.client.port);
    if (const auto& host = contents_[pair].host) {
        current.host =
            std::make_shared<const std::string>("host-" + std::to_string(hosts_.of(*host)));
    }
    return events_.read(pair, [&](std::string_view stored) { return emit(current, stored); });
}

Result<void> NormalizingEmitter::emit(Current& current, std::string_view stored) {
    const Place place = take_value<Place>(stored);
    Event event;
    event.message = take_message(stored);
    event.process = numbered(place.process);
    event.process_number = place.process;
    event.realtime_ns = static_cast<std::int64_t>(++emitted_);
    if (place.exchange != 0) event.exchange = place.exchange;
    event.host = current.host;
    event.message->first.pid = event.process->pid;
    place_ends(event, current, place);
    replace_ports_in(*event.message, current);
    for (Emitter* emitter : emitters_) {
        std::string text;
        emitter->render(event, text);
        if (auto emitted = emitter->event(event); !emitted) return emitted;
        if (auto emitted = emitter->rendered(text); !emitted) return emitted;
    }
    return {};
}

void NormalizingEmitter::place_ends(Event& event, Current& current, const Place& place) {
    std::uint64_t& connection = current.connections[place.side];
    if (connection == 0) connection = ++connections_;
    event.connection = connection;
    const bool from_client = place.is_response == 0;
    const bool at_client = place.side == static_cast<std::uint64_t>(Side::client);
    event.direction = from_client == at_client ? format::Direction::send : format::Direction::recv;
    event.source = current.ends.client;
    event.source.port = current.client_port;
    event.destination = current.ends.server;
    event.destination.port = current.server_port;
    if (!from_client) std::swap(event.source, event.destination);
}

void NormalizingEmitter::replace_ports_in(Message& message, const Current& current) {
    const auto replacement = [&](std::string_view before, std::uint16_t port) {
        if (port == current.ends.client.port) return current.client_port;
        const std::uint16_t server = ports_.of_server(port);
        return server != 0 ? server : ports_.of_named_client(before, port);
    };
    replace_ports(message.raw, PortContext::authority, replacement);
    for (std::string& value : message.unfolded)
        replace_ports(value, PortContext::authority, replacement);
    if (message.decoded) replace_ports(*message.decoded, PortContext::authority, replacement);
}

std::shared_ptr<const Process> NormalizingEmitter::numbered(std::uint64_t number) {
    const std::size_t place = *processes_[number];
    if (is_numbered_[number]) return shelf_.at(place);
    is_numbered_[number] = true;
    Process named = *shelf_.at(place);
    const auto replacement = [&](std::string_view, std::uint16_t port) {
        return ports_.of_server(port);
    };
    for (auto* text : {&named.arguments, &named.environment}) {
        if (*text) replace_ports(**text, PortContext::word, replacement);
    }
    named.pid =
        static_cast<std::uint32_t>(programs_.of(shortened(named.arguments.value_or(named.comm))));
    if (named.identity) named.identity->namespace_pid = named.pid;
    shelf_.replace(place, std::move(named));
    return shelf_.at(place);
}

// Those that had a part in messages, but began none.
void NormalizingEmitter::number_other_processes() {
    const std::vector<std::size_t> programs = program_order();
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        if (processes_[i] && !is_numbered_[i]) others.push_back(i);
    }
    std::ranges::stable_sort(others, {}, [&](std::size_t i) { return programs[i]; });
    for (const std::size_t number : others)
        numbered(number);
}

// By pid; of several that are alike in all, one.
Result<void> NormalizingEmitter::emit_processes() {
    using Key = std::tuple<std::uint32_t, std::string, std::optional<std::string>, std::string,
                           std::uint32_t>;
    std::map<Key, std::size_t> reports;
    for (const auto& place : processes_) {
        if (!place) continue;
        const auto process = shelf_.at(*place);
        const std::uint32_t uid = process->identity ? process->identity->uid : 0;
        std::optional<std::string> environment = process->environment;
        if (environment) environment = shortened(*std::move(environment));
        reports.try_emplace(
            Key(process->pid, process->comm, std::move(environment), process->error, uid), *place);
    }
    for (const auto& [key, place] : reports) {
        const ProcessReport report{shelf_.at(place), 0};
        if (shelf_.error()) return *shelf_.error();
        for (Emitter* emitter : emitters_) {
            if (auto emitted = emitter->process(report); !emitted) return emitted;
        }
    }
    return {};
}

}  // namespace httpprof::replay
