// Renaming with a say on what is there already. All return 0 or the errno.
#pragma once

#include <string>

namespace httpprof::format {

// Replaces a file that is there.
int rename_over(const std::string& from, const std::string& to);

// EEXIST when `to` exists.
int rename_to_new(const std::string& from, const std::string& to);

// The same for file systems and C libraries that cannot do it in one step. Killed between its two,
// it leaves the file under both names.
int link_to_new(const std::string& from, const std::string& to);

}  // namespace httpprof::format
