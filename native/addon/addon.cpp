// The binding only converts types: what it calls is in core/.
#include <napi.h>

#include "addon/convert.hpp"
#include "addon/lease_request.hpp"
#include "addon/promise.hpp"
#include "addon/sampler.hpp"
#include "addon/tree_listing.hpp"
#include "core/cpu.hpp"
#include "core/exchange.hpp"
#include "core/flock.hpp"
#include "core/landlock.hpp"
#include "core/leftovers.hpp"

namespace blacksmith {
namespace {

Napi::Value flock(const Napi::CallbackInfo& info) {
    const int descriptor = to_descriptor(info[0]);
    const std::string mode = to_string(info[1], "mode");
    if (mode != "shared" && mode != "exclusive") {
        throw Napi::TypeError::New(info.Env(), "flock: mode is 'shared' or 'exclusive', not '" + mode + "'");
    }
    return guarded(info.Env(), [&] {
        const auto wanted = mode == "shared" ? LockMode::shared : LockMode::exclusive;
        return Napi::Boolean::New(info.Env(), try_flock(descriptor, wanted));
    });
}

Napi::Value exchange(const Napi::CallbackInfo& info) {
    const std::string first = to_string(info[0], "the first path");
    const std::string second = to_string(info[1], "the second path");
    return guarded(info.Env(), [&] {
        blacksmith::exchange(first, second);
        return info.Env().Undefined();
    });
}

Napi::Value usable_cores(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto cores = blacksmith::usable_cores(to_roots(info[0]));
        Napi::Array array = Napi::Array::New(info.Env(), cores.size());
        for (std::size_t i = 0; i < cores.size(); ++i) array.Set(static_cast<std::uint32_t>(i), cores[i]);
        return array;
    });
}

Napi::Value cpu_quota(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
        const auto quota = blacksmith::cpu_quota(to_roots(info[0]));
        return quota ? Napi::Value(Napi::Number::New(info.Env(), *quota)) : info.Env().Null();
    });
}

Napi::Value landlock(const Napi::CallbackInfo& info) {
    return from(info.Env(), landlock_support());
}

Napi::Value finish_record(const Napi::CallbackInfo& info) {
    return from(info.Env(), blacksmith::finish_record(to_descriptor(info[0])));
}

Napi::Value read_record(const Napi::CallbackInfo& info) {
    return from(info.Env(), parse_holder(read_text(to_descriptor(info[0])).text));
}

Napi::Value clear_mark(const Napi::CallbackInfo& info) {
    blacksmith::clear_mark(to_descriptor(info[0]));
    return info.Env().Undefined();
}

Napi::Value end_leftovers(const Napi::CallbackInfo& info) {
    const std::string lease = to_string(info[0], "lease");
    return promise_of(info.Env(), [=] { return blacksmith::end_leftovers(lease); });
}

Napi::Value take_inventory(const Napi::CallbackInfo& info) {
    return promise_of(info.Env(), [roots = to_roots(info[0])] { return blacksmith::take_inventory(roots); });
}

Napi::Value inspect(const Napi::CallbackInfo& info) {
    const std::string unit = to_string(info[0], "unit");
    const bool thorough = info[1].ToBoolean();
    return promise_of(info.Env(),
                      [=, roots = to_roots(info[2])] { return blacksmith::inspect(unit, thorough, roots); });
}

Napi::Value survey(const Napi::CallbackInfo& info) {
    const std::string directory = to_string(info[0], "directory");
    return promise_of(info.Env(), [=] { return blacksmith::survey(directory); });
}

Napi::Value quarantine(const Napi::CallbackInfo& info) {
    const Fault fault{.reason = to_string(info[1], "reason"), .remedy = to_string(info[2], "remedy")};
    blacksmith::quarantine(to_descriptor(info[0]), fault);
    return info.Env().Undefined();
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
    const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
        exports.Set(name, Napi::Function::New(env, function, name));
    };
    add("flock", flock);
    add("exchange", exchange);
    add("usableCores", usable_cores);
    add("cpuQuota", cpu_quota);
    add("landlock", landlock);
    add("finishRecord", finish_record);
    add("readRecord", read_record);
    add("clearMark", clear_mark);
    add("endLeftovers", end_leftovers);
    add("takeInventory", take_inventory);
    add("inspect", inspect);
    add("survey", survey);
    add("quarantine", quarantine);
    add("listTree", list_tree);
    exports.Set("Sampler", SamplerBinding::define(env));
    exports.Set("LeaseRequest", LeaseRequestBinding::define(env));
    return exports;
}

}  // namespace
}  // namespace blacksmith

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
    return blacksmith::initialize(env, exports);
}

NODE_API_MODULE(blacksmith, Initialize)
