// The protocols that a connection can speak. To add one: implement Conversation in a file pair
// beside this one and give it a row in the table of protocols.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "replay/protocol/conversation.h"

namespace httpprof::replay {

enum class Recognition : std::uint8_t { no, perhaps, yes };

struct Protocol {
    std::string_view name;
    // Whether a connection whose first captured bytes are these, in one of its directions, speaks
    // the protocol. `perhaps`: more bytes are needed to tell.
    Recognition (*recognizes)(std::string_view first_bytes);
    // Whether such bytes are of the end that is spoken to: the other one mostly spoke before them.
    bool (*is_answer)(std::string_view first_bytes);
    // Null for a protocol that is only told apart: its bytes are counted. The sink must outlive
    // the conversation.
    std::unique_ptr<Conversation> (*start)(ConversationSink& sink,
                                           const ConversationOptions& options);
};

const Protocol& protocol_of(std::string_view first_bytes);
// Whether it may be another one when more bytes have come.
bool is_undecided(std::string_view first_bytes);

}  // namespace httpprof::replay
