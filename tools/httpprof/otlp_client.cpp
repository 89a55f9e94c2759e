#include "tools/httpprof/otlp_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <random>
#include <utility>

#include <httplib.h>

#include "replay/emit/http_date.h"
#include "replay/emit/otlp/partial_success.h"
#include "tools/httpprof/collector_url.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {

struct OtlpClient::Answer {
    int status = 0;           // 0: none
    std::string text;         // its body; without one, why there is none
    std::string retry_after;  // empty when it does not say
};

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kConnectTimeout{10};
constexpr std::chrono::seconds kAnswerTimeout{30};
constexpr std::chrono::seconds kLongestWait{60};
constexpr int kMostTries = 6;
constexpr std::array kBusy = {429, 502, 503, 504};
constexpr const char* kUserAgent = "httpprof/" HTTPPROF_VERSION;
constexpr std::size_t kMostOfAnswer = 200;  // for a person

std::unique_ptr<httplib::ClientImpl> client_for(const CollectorUrl& url) {
    auto client = url.is_https ? std::make_unique<httplib::SSLClient>(url.host, url.port)
                               : std::make_unique<httplib::ClientImpl>(url.host, url.port);
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);  // headers and body are written one after the other
    client->set_connection_timeout(kConnectTimeout);
    client->set_read_timeout(kAnswerTimeout);
    client->set_write_timeout(kAnswerTimeout);
    return client;
}

httplib::Headers headers_of(const std::vector<HeaderField>& fields) {
    httplib::Headers headers;
    for (const HeaderField& field : fields)
        headers.emplace(field.name, field.value);
    // One that was named goes before it.
    if (headers.count("User-Agent") == 0) headers.emplace("User-Agent", kUserAgent);
    return headers;
}

// Longer each time, and by chance, so that several senders do not come back together.
milliseconds backoff(int tries) {
    std::random_device random;
    return milliseconds(std::uniform_int_distribution(500, 1000)(random)) * (1 << (tries - 1));
}

// Retry-After = HTTP-date / delay-seconds (RFC 9110, 10.2.3); 0 for anything else.
milliseconds time_asked_for(const std::string& retry_after) {
    std::uint32_t asked = 0;
    const char* const end = retry_after.data() + retry_after.size();
    const auto [stop, error] = std::from_chars(retry_after.data(), end, asked);
    if (error == std::errc::result_out_of_range) return milliseconds::max();
    if (error == std::errc() && stop == end) return std::chrono::seconds(asked);
    const auto date_ns = replay::parse_http_date(retry_after);
    if (!date_ns) return {};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::ceil<milliseconds>(std::chrono::nanoseconds(*date_ns) - now);
}

// Not before the collector asks for it, and not at once even where it says so, or all tries were
// over before it could recover. Nothing where it asks for more than is waited.
std::optional<milliseconds> wait_after(int tries, const std::string& retry_after) {
    const auto asked = time_asked_for(retry_after);
    if (asked > kLongestWait) return std::nullopt;
    return std::max(asked, backoff(tries));
}

std::string why_no_answer(httplib::Error error) {
    const std::string name = " (" + httplib::to_string(error) + ")";
    switch (error) {
        case httplib::Error::Connection:
        case httplib::Error::ConnectionTimeout:
            return "cannot connect" + name + "; is a collector listening there?";
        case httplib::Error::Read:
        case httplib::Error::Write:  // it may close the connection before it was sent everything
            return "connected, but no HTTP response came" + name +
                   "; is it a collector, and is it http:// or https://?";
        case httplib::Error::SSLConnection:
            return "connected, but not by TLS" + name + "; is it http://?";
        case httplib::Error::SSLServerVerification:
            return "its certificate is not trusted" + name;
        default:
            return "no answer" + name;
    }
}

}  // namespace

Result<std::unique_ptr<OtlpClient>> OtlpClient::open(const std::string& url,
                                                     const std::vector<HeaderField>& headers,
                                                     Wait wait) {
    auto parsed = parse_collector_url(url);
    if (!parsed) return parsed.error();
    auto client = client_for(*parsed);
    client->set_default_headers(headers_of(headers));
    return std::unique_ptr<OtlpClient>(
        new OtlpClient(url, std::move(parsed->path), std::move(client), std::move(wait)));
}

OtlpClient::OtlpClient(std::string url, std::string path,
                       std::unique_ptr<httplib::ClientImpl> client, Wait wait)
    : url_(std::move(url)),
      path_(std::move(path)),
      client_(std::move(client)),
      wait_(std::move(wait)) {}

OtlpClient::~OtlpClient() = default;

Result<void> OtlpClient::send(std::string_view request) {
    for (int tries = 1;; ++tries) {
        const Answer answer = post(request);
        if (answer.status / 100 == 2) {
            take(answer);
            return {};
        }
        // Where none has answered yet, the address may be wrong.
        const bool may_pass =
            answer.status == 0 ? taken_ > 0 : std::ranges::count(kBusy, answer.status) > 0;
        const auto wait = wait_after(tries, answer.retry_after);
        if (!may_pass || !wait || tries == kMostTries) return failure(answer);
        report("%s is busy or away; trying again in %.1f s", url_.c_str(),
               std::chrono::duration<double>(*wait).count());
        wait_(*wait);
    }
}

OtlpClient::Answer OtlpClient::post(std::string_view request) {
    try {
        const auto answer =
            client_->Post(path_, request.data(), request.size(), "application/json");
        if (!answer) return {0, why_no_answer(answer.error()), {}};
        return {answer->status, answer->body, answer->get_header_value("Retry-After")};
    } catch (const std::exception& error) {
        return {0, "no answer (" + std::string(error.what()) + ")", {}};
    }
}

Error OtlpClient::failure(const Answer& answer) const {
    std::string message = "cannot send spans to " + url_ + ": ";
    if (answer.status == 0) {
        message += answer.text;
    } else {
        message += "it answers " + std::to_string(answer.status) + " " +
                   answer.text.substr(0, kMostOfAnswer);
    }
    if (taken_ > 0) message += "; it took " + count_text(taken_, "request", "requests") + " before";
    return {message};
}

void OtlpClient::take(const Answer& answer) {
    replay::PartialSuccess partial = replay::partial_success_in(answer.text);
    ++taken_;
    rejected_spans_ += partial.rejected_spans;
    if (!partial.message.empty()) remark_ = std::move(partial.message);
}

}  // namespace httpprof::cli
