#include "replay/not_http.h"

namespace httpprof::replay {

void NotHttpPlaces::add(Last& last, const NotHttpPlace& place) {
    if (last.end != place.offset) {
        ++count_;
        last.index = listed_.size();
        if (listed_.size() < kMostListed) {
            listed_.push_back(place);
            listed_.back().bytes = 0;
        }
    }
    last.end = place.offset + place.bytes;
    if (last.index < listed_.size()) listed_[last.index].bytes += place.bytes;
}

}  // namespace httpprof::replay
