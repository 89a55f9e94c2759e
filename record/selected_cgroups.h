// The cgroups whose processes are recorded, each in its place of a BPF map.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "format/result.h"

namespace httpprof::record {

class SelectedCgroups {
  public:
    // `map` must outlive this.
    Result<void> select(int map, const std::vector<std::string>& paths);

    // One that was removed and made again, as a restart of its service does, is another one to the
    // kernel: selects it. What there is to say about that, each once. Cheap, and needs neither
    // privileges nor system calls beyond SyscallNeeds::selects_cgroups.
    std::vector<std::string> renew();

  private:
    using Identity = std::pair<dev_t, ino_t>;

    struct Selected {
        std::string name;  // as the user calls it
        std::string path;
        Identity identity;
        bool was_removed = false;
        bool is_lost = false;  // what is there could not be seen or selected
    };

    // Empty when all is well.
    std::string renew(std::uint32_t index);
    // 0, or the errno.
    int put(std::uint32_t index, int directory);

    int map_ = -1;
    std::vector<Selected> selected_;
};

}  // namespace httpprof::record
