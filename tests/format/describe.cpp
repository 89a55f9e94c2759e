#include "tests/format/describe.h"

#include <sstream>

namespace httpprof::test {
namespace {

using namespace format;

std::string quoted(std::string_view bytes) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text = "\"";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F)
            text += c;
        else
            (text += '%') += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return text + '"';
}

class Describer {
  public:
    template <typename T>
    void operator()(const T& content) {
        add(content);
    }

    std::string text() const { return out_.str(); }

  private:
    void add(const Header& header) {
        out_ << "Header " << quoted(header.host) << quoted(header.kernel) << quoted(header.machine)
             << quoted(header.boot_id) << quoted(header.capture_id) << header.segment
             << quoted(header.previous_segment) << quoted(header.writer) << header.wire_version;
        for (const std::string& option : header.options)
            out_ << quoted(option);
        for (const Recipient& recipient : header.recipients)
            out_ << " for " << quoted(recipient.public_key) << quoted(recipient.sealed_key);
        for (const std::string& word : header.derivation)
            out_ << " by " << quoted(word);
    }

    void add(const HeaderCopy& copy) {
        out_ << "Copy of ";
        add(copy.header);
    }

    void add(const RecordBatch& batch) {
        out_ << "Records";
        std::string memory;
        for (std::size_t i = 0; i < batch.records.size(); ++i) {
            std::visit([this](const auto& record) { add(record); }, batch.records[i]);
            out_ << " of " << quoted(batch.bytes.at(i).joined(memory));
        }
    }

    void add(const MalformedRecord& malformed) {
        out_ << "\n  Malformed " << malformed.time_ns << quoted(malformed.what);
    }

    void add(const Task& task) {
        out_ << " task " << task.pid << ' ' << task.tid << ' ' << task.start_ns
             << quoted(task.comm);
    }

    void add(const Socket& socket) {
        out_ << " socket " << socket.id.inode << ' ' << socket.id.first_seen_ns << ' '
             << socket.id.netns << ' ' << address_text(socket.local) << ':' << socket.local.port
             << ' ' << address_text(socket.remote) << ':' << socket.remote.port;
    }

    void add(const DataRecord& data) {
        out_ << "\n  Data " << data.time_ns;
        add(data.task);
        add(data.socket);
        out_ << ' ' << static_cast<int>(data.direction) << ' ' << data.position << ' '
             << data.original_size << ' ' << to_string(data.missing) << ' ' << int{data.source}
             << ' ' << data.syscall << quoted(data.payload);
    }

    void add(const ProcessRecord& process) {
        out_ << "\n  Process " << process.time_ns;
        add(process.task);
        out_ << ' ' << process.arguments_size << quoted(process.arguments) << ' '
             << process.environment_size << quoted(process.environment) << ' ' << process.exec_id
             << ' ' << process.uid << ' ' << process.namespace_pid << quoted(process.cgroup_names)
             << static_cast<int>(process.environment_kept);
    }

    void add(const IoUringRecord& io_uring) {
        out_ << "\n  IoUring " << io_uring.time_ns;
        add(io_uring.task);
    }

    void add(const FinRecord& fin) {
        out_ << "\n  Fin " << fin.time_ns;
        add(fin.socket);
        out_ << ' ' << static_cast<int>(fin.direction) << ' ' << fin.position;
    }

    void add(const CloseRecord& close) {
        out_ << "\n  Close " << close.time_ns;
        add(close.socket);
    }

    void add(const Snapshot& snapshot) {
        out_ << "Snapshot " << snapshot.time_ns << ' ' << snapshot.pid << ' ' << snapshot.start_ns
             << quoted(snapshot.executable) << quoted(snapshot.arguments)
             << quoted(snapshot.environment) << snapshot.has_arguments << snapshot.has_environment
             << quoted(snapshot.error) << snapshot.exec_id << quoted(snapshot.cgroups)
             << static_cast<int>(snapshot.environment_kept);
    }

    void add(const std::vector<Counter>& counters) {
        for (const Counter& counter : counters)
            out_ << ' ' << quoted(counter.cause) << counter.records << '/' << counter.bytes;
        out_ << ';';
    }

    void add(const Stats& stats) {
        out_ << "Stats " << stats.time_ns << ' ' << stats.produced << ' ' << stats.recorded << ' '
             << stats.recorded_bytes;
        add(stats.lost);
        add(stats.missing);
        add(stats.left_out);
    }

    void add(const Clock& clock) {
        out_ << "Clock " << clock.boottime_ns << ' ' << clock.realtime_ns;
    }

    void add(const End& end) {
        out_ << "End " << quoted(end.reason);
        add(end.stats);
        for (const IndexEntry& entry : end.index)
            out_ << "\n  at " << entry.offset << " type " << int{entry.type} << ' '
                 << entry.record_count << ' ' << entry.first_time_ns << ' ' << entry.last_time_ns;
        if (end.totals) add(*end.totals);
        for (const Source& source : end.sources)
            out_ << "\n  from " << quoted(source.capture_id) << source.segment
                 << quoted(source.last_digest);
        add(end.changes);
    }

    void add(const Totals& totals) {
        out_ << "\n  total " << totals.frames << ' ' << totals.raw_bytes << ' '
             << totals.connections << ' ' << totals.processes << ' ' << totals.first_time_ns << ' '
             << totals.last_time_ns;
    }

    void add(const Signature& signature) {
        out_ << "Signature " << quoted(signature.public_key) << quoted(signature.signature);
    }

    void add(const Damage& damage) {
        out_ << "Damage at " << damage.offset << " size " << damage.size << ": " << damage.what;
    }

    void add(const UnknownFrame& unknown) { out_ << "Unknown " << int{unknown.type}; }

    void add(const EncryptedFrame&) { out_ << "Encrypted"; }

    std::ostringstream out_;
};

}  // namespace

std::string describe(const FrameContent& content) {
    Describer describer;
    std::visit(describer, content);
    return describer.text();
}

std::string describe(const Frame& frame) {
    return std::to_string(frame.header.number) + " at " + std::to_string(frame.offset) + ": " +
           describe(frame.content);
}

std::vector<std::string> describe(const std::vector<Frame>& frames) {
    std::vector<std::string> texts;
    for (const Frame& frame : frames)
        texts.push_back(describe(frame));
    return texts;
}

}  // namespace httpprof::test
