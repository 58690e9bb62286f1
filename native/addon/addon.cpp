// The binding only converts types: what it calls is in core/.
#include <napi.h>

#include "addon/convert.hpp"
#include "core/flock.hpp"

namespace blacksmith {
namespace {

Napi::Value flock(const Napi::CallbackInfo& info) {
    const int descriptor = to_descriptor(info, 0);
    const std::string mode = to_string(info, 1, "mode");
    if (mode != "shared" && mode != "exclusive") {
        throw Napi::TypeError::New(info.Env(), "flock: mode is 'shared' or 'exclusive', not '" + mode + "'");
    }
    return guarded(info, [&] {
        const auto wanted = mode == "shared" ? LockMode::shared : LockMode::exclusive;
        return Napi::Boolean::New(info.Env(), try_flock(descriptor, wanted));
    });
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
    exports.Set("flock", Napi::Function::New(env, flock, "flock"));
    return exports;
}

}  // namespace
}  // namespace blacksmith

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
    return blacksmith::initialize(env, exports);
}

NODE_API_MODULE(blacksmith, Initialize)
