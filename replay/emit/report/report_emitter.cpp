#include "replay/emit/report/report_emitter.h"

#include <utility>

#include "replay/emit/report/json.h"
#include "replay/emit/report/page.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kReportBlock = 1024 * 1024;
// Browsers open this in half a minute; what a report has more is of no use.
constexpr std::uint64_t kMostReportBytes = 512ull * 1024 * 1024;

constexpr std::string_view kBlockEnd = "</script>\n";

std::string block_start(const char* type, const char* kind) {
    return std::string("<script type=\"") + type + "\" data-httpprof=\"" + kind + "\">";
}

std::string json_block_start(const char* kind) {
    return block_start("application/json", kind);
}

}  // namespace

void ReportEmitter::render(const Event& event, std::string& text) const {
    append_report_message(event, options_.max_body, text);
}

Result<void> ReportEmitter::event(const Event& event) {
    is_shown_.push_back(take(event));
    return {};
}

// Whether a message is in the report: when its exchange is.
bool ReportEmitter::take(const Event& event) {
    if (!event.exchange) return take_exchange();
    if (connections_.size() <= event.connection) connections_.resize(event.connection + 1);
    Seen& seen = connections_[event.connection];
    if (*event.exchange <= seen.last) return *event.exchange <= seen.last_shown;
    seen.last = *event.exchange;
    const bool is_shown = take_exchange();
    if (is_shown) seen.last_shown = seen.last;
    return is_shown;
}

bool ReportEmitter::take_exchange() {
    const bool has_room = exchanges_ < options_.max_exchanges && written_ < kMostReportBytes;
    ++(has_room ? exchanges_ : left_out_);
    return has_room;
}

Result<void> ReportEmitter::rendered(std::string_view text) {
    for (const bool is_shown : std::exchange(is_shown_, {})) {
        const std::size_t size = text.find('\n', text.find('\n') + 1) + 1;
        if (is_shown) {
            if (auto written = write_message(text.substr(0, size)); !written) return written;
        }
        text.remove_prefix(size);
    }
    return {};
}

Result<void> ReportEmitter::write_message(std::string_view lines) {
    if (block_size_ == 0) {
        const auto begun = write(block_start("application/x-ndjson", "messages"));
        if (!begun) return begun;
    }
    block_size_ += lines.size();
    if (auto written = write(lines); !written) return written;
    return block_size_ < kReportBlock ? Result<void>() : end_messages();
}

Result<void> ReportEmitter::end_messages() {
    return std::exchange(block_size_, 0) == 0 ? Result<void>() : write(kBlockEnd);
}

Result<void> ReportEmitter::summary(const Summary& summary) {
    if (auto ended = end_messages(); !ended) return ended;
    summary_ = summary;
    std::string peers = json_block_start("peers") + '[';
    for (std::size_t i = 0; i < summary.peers.size(); ++i) {
        const auto& [one, other] = summary.peers[i];
        peers += (i > 0 ? ",[" : "[") + std::to_string(one) + ',' + std::to_string(other) + ']';
    }
    return write(peers.append("]").append(kBlockEnd).append(json_block_start("processes")) + '[');
}

Result<void> ReportEmitter::process(const ProcessReport& report) {
    return write((std::exchange(has_process_, true) ? "," : "") + report_process(report));
}

Result<void> ReportEmitter::finish() {
    std::string end = "]";
    end.append(kBlockEnd).append(json_block_start("capture"));
    end.append(report_capture(summary_, options_.files, options_.notes, left_out_));
    end.append(kBlockEnd).append(report_page_tail());
    const auto written = write(end);
    return written ? output_.finish() : written;
}

Result<void> ReportEmitter::write(std::string_view text) {
    if (written_ == 0) {
        written_ += report_page_head().size();
        if (auto begun = output_.write(report_page_head()); !begun) return begun;
    }
    written_ += text.size();
    return output_.write(text);
}

}  // namespace httpprof::replay
