// The shells' completions, made of what --help says.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace httpprof::cli {

std::string bash_completion(CLI::App& program);
std::string zsh_completion(CLI::App& program);
std::string fish_completion(CLI::App& program);

}  // namespace httpprof::cli
