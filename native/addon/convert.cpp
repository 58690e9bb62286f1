#include "addon/convert.hpp"

#include <cstring>

namespace blacksmith {

int to_descriptor(const Napi::CallbackInfo& info, std::size_t index) {
    if (!info[index].IsNumber() || info[index].As<Napi::Number>().Int32Value() < 0) {
        throw Napi::TypeError::New(info.Env(), "a file descriptor is a number, zero or more");
    }
    return info[index].As<Napi::Number>().Int32Value();
}

std::string to_string(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
    if (!info[index].IsString()) throw Napi::TypeError::New(info.Env(), std::string(name) + " is a string");
    return info[index].As<Napi::String>().Utf8Value();
}

Napi::Error to_error(Napi::Env env, const std::system_error& error) {
    const int number = error.code().value();
    const char* name = error.code().category() == std::generic_category() ? strerrorname_np(number) : nullptr;
    Napi::Error made = Napi::Error::New(env, error.what());
    if (name != nullptr) {
        made = Napi::Error::New(env, std::string(name) + ": " + error.what());
        made.Set("code", Napi::String::New(env, name));
        made.Set("errno", Napi::Number::New(env, -number));
    }
    return made;
}

}  // namespace blacksmith
