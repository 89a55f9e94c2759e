#include "replay/placed_message_codec.h"

#include <memory>
#include <utility>
#include <vector>

#include "replay/value_bytes.h"

namespace httpprof::replay {
namespace {

template <typename Code, typename OriginType>
void code_origin(Code& code, OriginType& origin) {
    code(origin.time_ns);
    code(origin.pid);
    code(origin.process_start_ns);
    code(origin.comm);
}

// Writes what it is called with; its twin below reads the same, so that one list of members serves
// both ways.
class Encoder {
  public:
    explicit Encoder(std::string& bytes) : bytes_(bytes) {}

    template <typename T>
    void operator()(const T& value) {
        append_value(bytes_, value);
    }
    void operator()(const std::string& text) {
        (*this)(text.size());
        bytes_ += text;
    }
    void operator()(const Origin& origin) { code_origin(*this, origin); }
    template <typename T>
    void operator()(const std::vector<T>& list) {
        (*this)(list.size());
        for (const T& element : list)
            (*this)(element);
    }

  private:
    std::string& bytes_;
};

class Decoder {
  public:
    explicit Decoder(std::string_view& bytes) : bytes_(bytes) {}

    template <typename T>
    void operator()(T& value) {
        take_value(bytes_, value);
    }
    void operator()(std::string& text) {
        const std::size_t size = take_size();
        text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
    }
    void operator()(Origin& origin) { code_origin(*this, origin); }
    template <typename T>
    void operator()(std::vector<T>& list) {
        list.resize(take_size());
        for (T& element : list)
            (*this)(element);
    }

  private:
    std::size_t take_size() {
        std::size_t size = 0;
        (*this)(size);
        return size;
    }

    std::string_view& bytes_;
};

template <typename Code, typename MessageType>
void code_message(Code& code, MessageType& message) {
    code(message.kind);
    code(message.version);
    code(message.method);
    code(message.target);
    code(message.status);
    code(message.reason);
    code(message.fields);
    code(message.trailers);
    code(message.unfolded);
    code(message.spooled);
    code(message.raw);
    code(message.head_size);
    code(message.size);
    code(message.content);
    code(message.body_size);
    code(message.gaps);
    code(message.anomalies);
    code(message.truncated);
    code(message.first);
    code(message.others);
    code(message.last_time_ns);
}

template <typename Code, typename Placed>
void code_place(Code& code, Placed& placed) {
    code(placed.paired.direction);
    code(placed.paired.order);
    code(placed.paired.exchange);
    code(placed.paired.latency_ns);
    code(placed.paired.response);
    code(placed.paired.ended_early);
    code(placed.connection);
    code(placed.position);
    code(placed.source);
    code(placed.destination);
}

template <typename Code, typename Head>
void code_request(Code& code, Head& head) {
    code(head.method);
    code(head.target);
    code(head.host);
    code(head.bytes);
    code(head.has_anomalies);
}

enum class Request : std::uint8_t { none, recent, follows };

}  // namespace

void append_encoded(std::string& bytes, const PlacedMessage& placed, RecentHeads& recent) {
    Encoder encode(bytes);
    code_message(encode, *placed.paired.message);
    code_place(encode, placed);
    const auto& head = placed.paired.request;
    if (!head) return encode(Request::none);
    auto& known = recent.of(placed.connection);
    if (known == head) return encode(Request::recent);
    known = head;
    encode(Request::follows);
    code_request(encode, *head);
}

PlacedMessage take_encoded(std::string_view& bytes, RecentHeads& recent) {
    Decoder decode(bytes);
    PlacedMessage placed;
    placed.paired.message = std::make_shared<Message>();
    code_message(decode, *placed.paired.message);
    code_place(decode, placed);
    Request request = Request::none;
    decode(request);
    if (request == Request::none) return placed;
    auto& known = recent.of(placed.connection);
    if (request == Request::follows) {
        RequestHead head;
        code_request(decode, head);
        known = std::make_shared<const RequestHead>(std::move(head));
    }
    placed.paired.request = known;
    return placed;
}

}  // namespace httpprof::replay
