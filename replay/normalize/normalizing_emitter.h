// Events and processes so that two recordings of the same exchanges give the same output.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/emit/emitter.h"
#include "replay/normalize/connection_pairs.h"
#include "replay/normalize/event_normalizer.h"
#include "replay/normalize/ordinals.h"
#include "replay/normalize/port_ordinals.h"
#include "replay/normalize/sorted_groups.h"
#include "replay/process_shelf.h"

namespace httpprof::replay {

// Holds all events back, and gives them to other emitters in an order that what was said decides,
// not when it was said: connections by their client's command line, their server and what was said
// on them; on a connection by exchange, the request first, the client's end before the server's.
//
// Pids, connections, ephemeral ports and hosts become ordinals by order of appearance. Processes of
// the same command line share one: which of several workers takes a request is chance.
//
// What changes is replaced in copies of the events. In memory are some hundred bytes for each
// connection and process, and a part of the events and processes that does not grow.
class NormalizingEmitter final : public Emitter {
  public:
    // The emitters must outlive this one.
    NormalizingEmitter(std::vector<Emitter*> emitters, NormalizeOptions options);

    bool wants_environments() const override;
    void render(const Event& event, std::string& text) const override;
    Result<void> event(const Event& event) override;
    Result<void> rendered(std::string_view text) override;
    Result<void> process(const ProcessReport& report) override;
    Result<void> finish() override;

  private:
    // What places an event. Kept in front of its message.
    struct Place {
        std::uint64_t pair = 0;
        std::uint64_t process = 0;
        std::uint64_t exchange = 0;  // 0: none
        std::uint64_t is_response = 0;
        std::uint64_t side = 0;

        SortedGroups::Key key() const { return {exchange, is_response * 2 + side}; }
    };
    // What was said on a pair of connections, as far as it decides about their order.
    struct Content {
        SortedGroups::Key first_key;  // of the event that the next two are of
        std::string start_line;
        std::array<std::uint64_t, 2> processes{kNoProcess, kNoProcess};  // of its sides
        std::uint64_t digest = 0;                 // of all events, in whatever order
        std::shared_ptr<const std::string> host;  // null where no Header says it
    };
    // A pair while its events are given on.
    struct Current {
        ConnectionPair ends;
        std::uint16_t client_port = 0;
        std::uint16_t server_port = 0;
        std::array<std::uint64_t, 2> connections{};  // of its sides, 0: did not appear yet
        std::shared_ptr<const std::string> host;
    };
    static constexpr std::uint64_t kNoProcess = ~std::uint64_t{0};

    void note_content(const Place& place, const Event& event);
    std::vector<std::size_t> program_order();
    std::vector<std::size_t> order_of_pairs();
    Result<void> emit_pair(std::size_t pair);
    Result<void> emit(Current& current, std::string_view stored);
    void place_ends(Event& event, Current& current, const Place& place);
    void replace_ports_in(Message& message, const Current& current);
    std::shared_ptr<const Process> numbered(std::uint64_t number);
    void number_other_processes();
    Result<void> emit_processes();

    const std::vector<Emitter*> emitters_;
    const EventNormalizer normalizer_;
    ConnectionPairs pairs_;
    std::vector<Content> contents_;  // of the pairs
    std::vector<Place> arrived_;     // of the events whose text follows
    SortedGroups events_;
    ProcessShelf shelf_;                                 // of processes, then numbered
    std::vector<std::optional<std::size_t>> processes_;  // there, by number

    std::uint64_t emitted_ = 0;
    std::uint64_t connections_ = 0;
    Ordinals<std::string> programs_;
    Ordinals<std::string> hosts_;
    PortOrdinals ports_;
    std::vector<bool> is_numbered_;
};

}  // namespace httpprof::replay
