// Any bytes as one wire record: decode_record reads nothing outside of them, and what it takes has
// only views into them.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "format/record.h"

namespace httpprof::format {
namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

class Checker {
  public:
    explicit Checker(std::string_view bytes) : bytes_(bytes) {}

    void operator()(const DataRecord& data) const {
        require(inside(data.task.comm) && inside(data.payload));
        require(data.payload.size() <= data.original_size);
        require((data.payload.size() < data.original_size) == (data.missing != MissingCause::none));
        require(data.position + data.original_size >= data.position);
        require(to_string(data.missing) != "unknown");
    }
    void operator()(const ProcessRecord& process) const {
        require(inside(process.task.comm) && inside(process.arguments) &&
                inside(process.environment));
        require(inside(process.cgroup_names));
        require(cgroup_path(process.cgroup_names).size() <= process.cgroup_names.size() + 4);
        require(process.arguments.size() <= process.arguments_size);
        require(process.environment.size() <= process.environment_size);
    }
    void operator()(const FinRecord& fin) const {
        require(fin.direction == Direction::send || fin.direction == Direction::recv);
    }
    void operator()(const CloseRecord& close) const {
        require(!address_text(close.socket.local).empty());
    }
    void operator()(const IoUringRecord& io_uring) const { require(inside(io_uring.task.comm)); }
    // decode_record() gives an Error instead.
    void operator()(const MalformedRecord&) const { require(false); }

  private:
    bool inside(std::string_view view) const {
        const std::less_equal<const char*> not_after;
        return not_after(bytes_.data(), view.data()) &&
               not_after(view.data() + view.size(), bytes_.data() + bytes_.size());
    }

    std::string_view bytes_;
};

}  // namespace
}  // namespace httpprof::format

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto record = httpprof::format::decode_record(bytes);
    if (record) std::visit(httpprof::format::Checker(bytes), *record);
    return 0;
}
