#include "tests/support/temporary_directory.h"

#include <stdexcept>
#include <system_error>

#include <stdlib.h>

namespace httpprof::test {

TemporaryDirectory::TemporaryDirectory() {
    // mkdtemp(3) wants six X at the end.
    std::string name = std::filesystem::temp_directory_path() / "httpprof-test-";
    name.append(6, 'X');
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a temporary directory");
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace httpprof::test
