#include "addon/tree_listing.hpp"

#include "addon/convert.hpp"
#include "addon/promise.hpp"
#include "core/tree_listing.hpp"

namespace blacksmith {

static Napi::Value from(Napi::Env env, const TreeListing& listing) {
    return Napi::Buffer<char>::Copy(env, listing.text.data(), listing.text.size());
}

Napi::Value list_tree(const Napi::CallbackInfo& info) {
    return promise_of(info.Env(), [root = to_string(info[0], "root"), skip = to_strings(info[1], "skip")] {
        return list_tree(root, skip);
    });
}

}  // namespace blacksmith
