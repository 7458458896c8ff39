// Captured CUDA graphs: the kernels that operators launch between begin and end, replayed without the host. A graph is named
// by a number. Begin moves this thread to a stream of the graph's own, because the default stream cannot be captured, and end
// moves it back.
//
//   cuda_graph_begin(device, capture) -> graph    without `capture` kernels run as usual, on that stream: a first pass creates
//                                                 what libraries allocate at their first call, and uploads plans
//   cuda_graph_end(graph)                         throws where something could not be captured
//   cuda_graph_abandon(graph)                     in place of end, after an error
//   cuda_graph_replay(graph)                      on the current stream
//   cuda_graph_free(graph)
#include "cuda_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <map>
#include <memory>
#include <mutex>

namespace earsight {

namespace {

struct Graph {
  c10::cuda::CUDAStream own, before;
  bool captures;
  at::cuda::CUDAGraph graph;
  std::vector<at::Tensor> kept;
  const c10::MempoolId_t pool = at::cuda::graph_pool_handle();

  void releasePool() const {
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(own.device_index(), pool);
      c10::cuda::CUDACachingAllocator::releasePool(own.device_index(), pool);
    } catch (const std::exception&) {
      // It was released.
    }
  }

  Graph(c10::DeviceIndex device, bool capture)
      : own(c10::cuda::getStreamFromPool(false, device)), before(c10::cuda::getCurrentCUDAStream(device)), captures(capture) {}
};

// Graphs belong to no thread, captures do.
thread_local Graph* capturing = nullptr;

class Graphs {
 public:
  std::pair<int64_t, Graph*> add(std::unique_ptr<Graph> graph) {
    const std::lock_guard lock(mutex_);
    Graph* const added = graph.get();
    graphs_.emplace(++last_, std::move(graph));
    return {last_, added};
  }
  Graph& at(int64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = graphs_.find(id);
    TORCH_CHECK_VALUE(found != graphs_.end(), "cuda_graph: graph: expected the number of a graph, got ", id);
    return *found->second;
  }
  void free(int64_t id) {
    std::unique_ptr<Graph> freed;
    const std::lock_guard lock(mutex_);
    if (const auto found = graphs_.find(id); found != graphs_.end()) {
      freed = std::move(found->second);
      graphs_.erase(found);
    }
  }

 private:
  std::mutex mutex_;
  std::map<int64_t, std::unique_ptr<Graph>> graphs_;
  int64_t last_ = 0;
};

// Never destroyed: at the end of the process the CUDA driver may be unloaded earlier.
Graphs& graphs() {
  static auto* const all = new Graphs;
  return *all;
}

void leave(Graph& graph) {
  capturing = nullptr;
  c10::cuda::setCurrentCUDAStream(graph.before);
}

void abandon(int64_t id) {
  Graph& graph = graphs().at(id);
  if (graph.captures) {
    try {
      graph.graph.capture_end();
    } catch (const std::exception&) {
      // An invalid capture ends before the allocator hears of it.
      graph.releasePool();
    }
  }
  leave(graph);
  graphs().free(id);
}

int64_t begin(int64_t device, bool capture) {
  TORCH_CHECK(capturing == nullptr, "cuda_graph_begin: another graph is being captured");
  const auto [id, graph] = graphs().add(std::make_unique<Graph>(static_cast<c10::DeviceIndex>(device), capture));
  // What was enqueued before is done before, whatever the stream.
  graph->before.synchronize();
  c10::cuda::setCurrentCUDAStream(graph->own);
  if (!capture) return id;
  capturing = graph;
  try {
    // Other threads of the process may go on allocating.
    graph->graph.capture_begin(graph->pool, cudaStreamCaptureModeThreadLocal);
  } catch (const std::exception&) {
    abandon(id);
    throw;
  }
  return id;
}

void end(int64_t id) {
  Graph& graph = graphs().at(id);
  if (graph.captures) {
    graph.graph.capture_end();
  } else {
    graph.own.synchronize();
  }
  leave(graph);
}

}  // namespace

void keepForCapture(const at::Tensor& tensor) {
  if (capturing != nullptr) capturing->kept.push_back(tensor);
}

TORCH_LIBRARY_FRAGMENT(earsight, m) {
  m.def("cuda_graph_begin(int device, bool capture) -> int", begin);
  m.def("cuda_graph_end(int graph) -> ()", end);
  m.def("cuda_graph_abandon(int graph) -> ()", abandon);
  m.def("cuda_graph_replay(int graph) -> ()", [](int64_t id) { graphs().at(id).graph.replay(); });
  m.def("cuda_graph_free(int graph) -> ()", [](int64_t id) { graphs().free(id); });
}

}  // namespace earsight
