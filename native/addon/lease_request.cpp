#include "addon/lease_request.hpp"

#include "addon/convert.hpp"

namespace blacksmith {

Napi::Function LeaseRequestBinding::define(Napi::Env env) {
    return DefineClass(env, "LeaseRequest",
                       {
                           InstanceMethod<&LeaseRequestBinding::attempt>("attempt"),
                           InstanceMethod<&LeaseRequestBinding::waiting>("waiting"),
                           InstanceMethod<&LeaseRequestBinding::leave>("leave"),
                           InstanceAccessor<&LeaseRequestBinding::lease>("lease"),
                       });
}

LeaseRequestBinding::LeaseRequestBinding(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<LeaseRequestBinding>(info) {
    const std::string directory = to_string(info[0], "directory");
    const auto needs = to_needs(info[1]);
    const auto record = own_record(to_string(info[2], "project"), to_string(info[3], "target"));
    guarded(info.Env(), [&] { request_.emplace(directory, needs, record); });
}

Napi::Value LeaseRequestBinding::attempt(const Napi::CallbackInfo& info) {
    const auto except = to_strings(info[0], "except");
    return guarded(info.Env(), [&] { return array_from(info.Env(), request_->attempt(except)); });
}

Napi::Value LeaseRequestBinding::waiting(const Napi::CallbackInfo& info) {
    return from(info.Env(), request_->waiting());
}

Napi::Value LeaseRequestBinding::lease(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), request_->record().lease);
}

void LeaseRequestBinding::leave(const Napi::CallbackInfo&) {
    request_->leave_queue();
}

}  // namespace blacksmith
