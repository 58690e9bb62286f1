#pragma once

#include <napi.h>

#include <exception>
#include <optional>

#include "addon/convert.hpp"

namespace blacksmith {

/**
 * Work on one of libuv's threads, whose result or exception settles a promise on JavaScript's thread. The
 * work owns copies of all that it uses, and touches no JavaScript.
 */
template <typename Work>
class PromiseWorker : public Napi::AsyncWorker {
public:
    PromiseWorker(Napi::Env env, Work work)
        : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), work_(std::move(work)) {}

    Napi::Promise promise() const { return deferred_.Promise(); }

private:
    void Execute() override {
        try {
            result_ = work_();
        } catch (...) {
            failure_ = std::current_exception();
        }
    }

    void OnOK() override {
        try {
            guarded(Env(), [&] {
                if (failure_) std::rethrow_exception(failure_);
                deferred_.Resolve(from(Env(), *result_));
            });
        } catch (const Napi::Error& error) {
            deferred_.Reject(error.Value());
        }
    }

    Napi::Promise::Deferred deferred_;
    Work work_;
    std::optional<std::invoke_result_t<Work>> result_;
    std::exception_ptr failure_;
};

template <typename Work>
Napi::Value promise_of(Napi::Env env, Work work) {
    auto* worker = new PromiseWorker<Work>(env, std::move(work));
    const Napi::Promise promise = worker->promise();
    worker->Queue();  // It deletes itself when it is done.
    return promise;
}

}  // namespace blacksmith
