package dev.reprise.ort.capi;

/**
 * The functions of the C API that are used here, by their names in {@code onnxruntime_c_api.h}, and where each stands in the struct
 * {@code OrtApi}.
 *
 * <p>ONNX Runtime promises that a function never moves: a later version only adds at the end. The highest slot decides
 * {@link NativeLayer#OLDEST_VERSION}.
 */
enum Slot {
    CreateStatus(0),
    GetErrorCode(1),
    GetErrorMessage(2),
    CreateCpuMemoryInfo(69),
    AllocatorFree(76),
    ReleaseStatus(93),
    ReleaseMemoryInfo(94),
    ReleaseSession(95),
    ReleaseValue(96),
    CreateAllocator(131),
    ReleaseAllocator(132),
    RunWithBinding(133),
    CreateIoBinding(134),
    ReleaseIoBinding(135),
    BindInput(136),
    BindOutputToDevice(138),
    GetBoundOutputValues(140),
    ClearBoundInputs(141),
    ClearBoundOutputs(142),
    CreateAndRegisterAllocator(144),
    ReleaseArenaCfg(157),
    CreateArenaCfgV2(164),
    CreatePrepackedWeightsContainer(166),
    ReleasePrepackedWeightsContainer(167),
    CreateSessionFromArrayWithPrepackedWeightsContainer(169),
    GetTensorMemoryInfo(194),
    MemoryInfoGetDeviceType(225),
    GetKeyValuePairs(298),
    ReleaseKeyValuePairs(300),
    AllocatorGetStats(319),
    SessionGetMemoryInfoForInputs(380),
    SessionGetMemoryInfoForOutputs(381),
    GetTensorElementTypeAndShapeDataReference(414);

    private final int index;

    Slot(int index) {
        this.index = index;
    }

    int index() {
        return index;
    }
}
