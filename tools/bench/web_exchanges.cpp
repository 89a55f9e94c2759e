#include "tools/bench/web_exchanges.h"

#include <array>
#include <cstdio>
#include <stdexcept>

#include <zlib.h>

#include "bpf/wire.h"

namespace httpprof::bench {
namespace {

constexpr std::size_t kCompressedPages = 256;
constexpr std::size_t kChunk = 8 * 1024;  // as many servers' buffers

constexpr std::array<std::string_view, 4> kResources = {"orders", "customers", "stock", "sessions"};
constexpr std::array<std::string_view, 3> kBrowsers = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"};
constexpr std::array<std::string_view, 3> kApiClients = {"python-requests/2.32.3",
                                                         "Go-http-client/1.1", "okhttp/4.12.0"};

std::string gzip(const std::string& bytes) {
    constexpr int kGzip = 15 + 16;  // of deflateInit2: the largest window, in gzip's format
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib has no memory");
    std::string stored(deflateBound(&stream, bytes.size()), '\0');
    std::string input = bytes;  // zlib's pointer to it is not const
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(stored.data());
    stream.avail_out = static_cast<uInt>(stored.size());
    const int status = deflate(&stream, Z_FINISH);
    stored.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw std::runtime_error("zlib cannot compress");
    return stored;
}

std::string hexadecimal(std::size_t number) {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%zx", number);
    return text.data();
}

// The text in ISO-8859-1, as old applications still send it.
std::string as_latin1(std::string text) {
    for (char& letter : text)
        if (letter == 'u') letter = '\xFC';
    return text;
}

std::string field(std::string_view name, std::string_view value) {
    std::string line(name);
    line += ": ";
    line += value;
    line += "\r\n";
    return line;
}

}  // namespace

WebExchanges::WebExchanges(std::uint64_t seed, Mix mix) : made_up_(seed), mix_(mix) {
    for (std::size_t i = 0; i < kCompressedPages; ++i)
        compressed_pages_.push_back(gzip(html(made_up_.draw(2, 64) * 1024)));
}

Exchange WebExchanges::next() {
    return mix_ == Mix::api || made_up_.draw(0, 99) < 60 ? api_call() : page_view();
}

Exchange WebExchanges::api_call() {
    const std::size_t kind = made_up_.draw(0, 99);
    const bool has_body = kind < 30;
    Exchange exchange;
    std::string head = api_head(has_body ? (kind < 20 ? "POST" : "PUT") : "GET");
    std::string body;
    if (has_body) {
        body = json(made_up_.draw(50, 3000));
        head += field("Content-Type", "application/json");
        head += field("Content-Length", std::to_string(body.size()));
    }
    exchange.request.push_back(head + "\r\n" + body);
    if (has_body && kind % 5 == 0) {
        exchange.response = response("204 No Content", {.type = "", .framing = Framing::none});
    } else {
        exchange.response = response(kind == 99 ? "404 Not Found" : "200 OK", api_content());
    }
    return exchange;
}

Exchange WebExchanges::page_view() {
    Exchange exchange;
    std::string path = "/";
    path += made_up_.draw(0, 1) == 0 ? "catalog/" : "static/";
    path += made_up_.hex(made_up_.draw(8, 32));
    exchange.request.push_back(browser_head(path) + "\r\n");
    if (made_up_.draw(0, 9) == 0) {
        exchange.response = response("304 Not Modified", {.type = "", .framing = Framing::none});
    } else {
        exchange.response = response("200 OK", page_content());
    }
    return exchange;
}

// 300 to 700 bytes, half of which are a token.
std::string WebExchanges::api_head(std::string_view method) {
    std::string head(method);
    head += " /api/v2/";
    head += kResources[made_up_.draw(0, kResources.size() - 1)];
    head += "/" + std::to_string(made_up_.draw(1, 9'999'999));
    head += "?expand=items HTTP/1.1\r\n";
    head += field("Host", "api.shop.example.com");
    head += field("User-Agent", kApiClients[made_up_.draw(0, kApiClients.size() - 1)]);
    head += field("Accept", "application/json");
    head += field("Accept-Encoding", "gzip, deflate");
    head += field("Authorization", "Bearer " + opaque_token(made_up_.draw(40, 360)));
    std::string trace = "00-" + made_up_.hex(32);
    trace += "-" + made_up_.hex(16) + "-01";
    head += field("traceparent", trace);
    return head;
}

// 500 to 900 bytes.
std::string WebExchanges::browser_head(std::string_view path) {
    std::string head = "GET ";
    head += path;
    head += " HTTP/1.1\r\n";
    head += field("Host", "www.shop.example.com");
    head += field("Connection", "keep-alive");
    head += field("User-Agent", kBrowsers[made_up_.draw(0, kBrowsers.size() - 1)]);
    head += field("Accept",
                  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
                  "*/*;q=0.8");
    head += field("Accept-Language", "en-GB,en;q=0.8,de;q=0.5");
    head += field("Accept-Encoding", "gzip, deflate");
    head += field("Referer", "http://www.shop.example.com/catalog/" + made_up_.hex(8));
    std::string cookies = "session=" + made_up_.hex(32);
    cookies += "; theme=dark; cart=" + opaque_token(made_up_.draw(0, 250));
    head += field("Cookie", cookies);
    head += field("Sec-Fetch-Dest", "document");
    head += field("Sec-Fetch-Mode", "navigate");
    head += field("Sec-Fetch-Site", "same-origin");
    return head;
}

// The letters of base64url, in no order.
std::string WebExchanges::opaque_token(std::size_t size) {
    std::string text(size, '\0');
    for (char& letter : text) {
        letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[made_up_.draw(
            0, 63)];
    }
    return text;
}

std::string WebExchanges::json(std::size_t size) {
    std::string text = "{\"items\":[";
    while (text.size() < size) {
        if (text.back() == '}') text += ',';
        text += "{\"id\":" + std::to_string(made_up_.draw(1, 9'999'999));
        text += ",\"price\":" + std::to_string(made_up_.draw(1, 99'999));
        text += ".5,\"available\":true,\"code\":\"" + made_up_.hex(16);
        text += "\",\"name\":\"caf\u00e9 ";
        made_up_.append_words(text, made_up_.draw(10, 60));
        text += "\"}";
    }
    return text + "]}";
}

std::string WebExchanges::html(std::size_t size) {
    std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<body>\n";
    while (text.size() < size) {
        text += "<li class=\"item\" id=\"" + std::to_string(made_up_.draw(1, 99'999));
        text += "\"><p>";
        made_up_.append_words(text, made_up_.draw(100, 400));
        text += "</p></li>\n";
    }
    return text + "</body>\n</html>\n";
}

WebExchanges::Content WebExchanges::api_content() {
    const std::size_t kind = made_up_.draw(0, 19);
    if (kind < 14 || mix_ == Mix::api)
        return {.type = "application/json", .bytes = json(made_up_.draw(50, 2000))};
    if (kind < 18) {
        return {.type = "application/json",
                .bytes = json(made_up_.draw(2, 32) * 1024),
                .framing = Framing::chunked};
    }
    std::string text;
    made_up_.append_words(text, made_up_.draw(200, 4000));
    return {.type = "text/plain; charset=iso-8859-1", .bytes = as_latin1(std::move(text))};
}

WebExchanges::Content WebExchanges::page_content() {
    const std::size_t kind = made_up_.draw(0, 19);
    if (kind < 10) {
        return {.type = "text/html; charset=utf-8",
                .coding = "gzip",
                .bytes = compressed_page(),
                .framing = kind < 5 ? Framing::chunked : Framing::length};
    }
    if (kind < 17)
        return {.type = "text/html; charset=utf-8", .bytes = html(made_up_.draw(1, 64) * 1024)};
    // Most pictures of a page are small, a few are large.
    return {.type = "image/jpeg", .bytes = made_up_.noise(1024ULL << made_up_.draw(0, 6))};
}

const std::string& WebExchanges::compressed_page() {
    return compressed_pages_[made_up_.draw(0, compressed_pages_.size() - 1)];
}

std::string WebExchanges::response_head(std::string_view status, const Content& content) {
    std::string head = "HTTP/1.1 ";
    head += status;
    head += "\r\n";
    head += field("Server", "nginx/1.26.1");
    std::string date = "Sat, 01 Aug 2026 10:" + std::to_string(made_up_.draw(10, 59));
    date += ":" + std::to_string(made_up_.draw(10, 59)) + " GMT";
    head += field("Date", date);
    if (!content.type.empty()) head += field("Content-Type", content.type);
    if (!content.coding.empty()) head += field("Content-Encoding", content.coding);
    if (content.framing == Framing::length)
        head += field("Content-Length", std::to_string(content.bytes.size()));
    if (content.framing == Framing::chunked) head += field("Transfer-Encoding", "chunked");
    head += field("Connection", "keep-alive");
    head += field("Cache-Control", "private, max-age=60");
    head += field("ETag", '"' + made_up_.hex(16) + '"');
    head += field("X-Request-Id", made_up_.hex(32));
    return head + "\r\n";
}

// One call for the head and the first bytes of the content, and one for each piece after them.
std::vector<std::string> WebExchanges::response(std::string_view status, const Content& content) {
    std::vector<std::string> calls = {response_head(status, content)};
    const bool chunked = content.framing == Framing::chunked;
    const std::size_t piece = chunked ? kChunk : WIRE_PAYLOAD_MAX / 2;
    for (std::size_t at = 0; at < content.bytes.size(); at += piece) {
        const std::string bytes = content.bytes.substr(at, piece);
        std::string& call = at == 0 ? calls.back() : calls.emplace_back();
        if (chunked) call += hexadecimal(bytes.size()) + "\r\n";
        call += bytes;
        if (chunked) call += "\r\n";
    }
    if (chunked) calls.push_back("0\r\n\r\n");
    return calls;
}

}  // namespace httpprof::bench
