#include "replay/normalize/port_ordinals.h"

#include <string>

#include "format/characters.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

bool ends_with_address(std::string_view text, const format::Endpoint& end) {
    const std::string address = host_text(end);
    if (!text.ends_with(address)) return false;
    text.remove_suffix(address.size());
    return text.empty() || (!format::is_digit(text.back()) && text.back() != '.');
}

}  // namespace

void PortOrdinals::add_client(const format::Endpoint& end) {
    const auto [client, is_new] = clients_.try_emplace(end.port, Client{.end = end});
    client->second.is_shared = !is_new;
}

std::uint16_t PortOrdinals::of_server(std::uint16_t port) {
    const auto server = servers_.find(port);
    return server == servers_.end() ? std::uint16_t{0} : numbered(server->second);
}

std::uint16_t PortOrdinals::of_client(std::uint16_t port) {
    Client& client = clients_[port];
    return client.is_shared ? next() : numbered(client.number);
}

std::uint16_t PortOrdinals::of_named_client(std::string_view before, std::uint16_t port) {
    const auto found = clients_.find(port);
    if (found == clients_.end()) return 0;
    Client& client = found->second;
    if (client.is_shared || !ends_with_address(before, client.end)) return 0;
    return numbered(client.number);
}

std::uint16_t PortOrdinals::next() {
    if (++last_ == 0) ++last_;
    return last_;
}

std::uint16_t PortOrdinals::numbered(std::uint16_t& number) {
    if (number == 0) number = next();
    return number;
}

}  // namespace httpprof::replay
