// Stands in for libFuzzer where there is none: gives a fuzz target each file of the folders that
// are named, in the order of their names.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** folders) {
    std::vector<std::filesystem::path> seeds;
    for (int i = 1; i < count; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(folders[i]))
            seeds.push_back(entry.path());
    }
    std::ranges::sort(seeds);
    for (const auto& seed : seeds) {
        // The last line says at which one it went wrong.
        std::fprintf(stderr, "%s\n", seed.c_str());
        const std::string bytes = httpprof::test::read_file(seed);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    return seeds.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}
