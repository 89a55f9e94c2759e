// A text in YAML.
#pragma once

#include <string_view>

namespace YAML {
class Emitter;
}

namespace httpprof::replay {

// In double quotes, so that every loader gives back the same text whatever it looks like; as
// !!binary where it is not UTF-8 or has a Unicode noncharacter.
void write_yaml_scalar(YAML::Emitter& yaml, std::string_view bytes);

}  // namespace httpprof::replay
