"""Published weights of the shared encoders: where they are on the web, and what their tagging heads know."""

from __future__ import annotations

from dataclasses import replace

from aacbench.contracts import ClassList, PublishedWeights

AUDIOSET_CLASSES = ClassList(
    name="audioset-classes",
    url="https://storage.googleapis.com/us_audioset/youtube_corpus/v1/csv/class_labels_indices.csv",
    read="aacbench.models.class_lists:read_table",
    sha256="cdd1049833c4b86127c2773ac0d14a2754b6a6d0d1798002ed5c66e699708429",
    size=14_675,
)

# The same classes as GPV's heads have them: sorted by their names, which are written without commas and blanks.
GPV_CLASSES = replace(AUDIOSET_CLASSES, read="aacbench.models.class_lists:read_sorted")

YAMNET_CLASSES = ClassList(
    name="yamnet-classes",
    url="https://raw.githubusercontent.com/tensorflow/models/master/research/audioset/yamnet/yamnet_class_map.csv",
    read="aacbench.models.class_lists:read_table",
    sha256="cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
    size=14_096,
)

PANNS_CNN10 = PublishedWeights(
    name="panns-cnn10",
    url="https://zenodo.org/record/3987831/files/Cnn10_mAP%3D0.380.pth?download=1",
    load="aacbench.models.encoders.cnn10:load_panns",
    sha256="5240bdc47444e331bbeb54fd741d2b3f933a4526e84b0c17bf3593df94b13962",
    md5="bfb1f1f9968938fa8ef4012b8471f5f6",
    size=25_237_595,
    classes=AUDIOSET_CLASSES,
)

# The authors' own (Xu et al. 2021), from all of AudioSet, for the front-end `at-cnn`; no checksum is published.
AUDIOCAPTION_CNN10 = PublishedWeights(
    name="audiocaption-cnn10",
    url="https://zenodo.org/record/5090473/files/cnn10_unbalanced.pth?download=1",
    load="aacbench.models.encoders.cnn10:load_audiocaption",
)

PANNS_CNN14 = PublishedWeights(
    name="panns-cnn14",
    url="https://zenodo.org/record/3987831/files/Cnn14_mAP%3D0.431.pth?download=1",
    load="aacbench.models.encoders.cnn10:load_panns",
    sha256="0dc499e40e9761ef5ea061ffc77697697f277f6a960894903df3ada000e34b31",
    md5="541141fa2ee191a88f24a3219fff024e",
    size=327_428_481,
    classes=AUDIOSET_CLASSES,
)

PANNS_WAVEGRAM_LOGMEL_CNN14 = PublishedWeights(
    name="panns-wavegram-logmel-cnn14",
    url="https://zenodo.org/record/3987831/files/Wavegram_Logmel_Cnn14_mAP%3D0.439.pth?download=1",
    load="aacbench.models.encoders.cnn10:load_panns",
    md5="17fa9ab65af3c0eb5ffbc5f65552c4e1",
    classes=AUDIOSET_CLASSES,
)

PANNS_RESNET38 = PublishedWeights(
    name="panns-resnet38",
    url="https://zenodo.org/record/3987831/files/ResNet38_mAP%3D0.434.pth?download=1",
    load="aacbench.models.encoders.cnn10:load_panns",
    md5="bf12f36aaabac4e0855e22d3c3239c1b",
    classes=AUDIOSET_CLASSES,
)

YAMNET = PublishedWeights(
    name="yamnet",
    packages=("h5py",),
    install="aacbench[pretrained]",
    url="https://storage.googleapis.com/audioset/yamnet.h5",
    load="aacbench.models.encoders.yamnet:load_tensorflow",
    sha256="13c3308955bbfaef262f175ac9c40e47b134573a93984f009220dd7cc12a1744",
    size=15_296_092,
    classes=YAMNET_CLASSES,
)

# No checksum of the port is published.
YAMNET_TORCH = PublishedWeights(
    name="yamnet-torch",
    url="https://github.com/w-hc/torch_audioset/releases/download/v0.1/yamnet.pth",
    load="aacbench.models.encoders.yamnet:load_torch",
    classes=YAMNET_CLASSES,
)

# The quantised classifier; its activations end at 6.
YAMNET_TFLITE = PublishedWeights(
    name="yamnet-tflite",
    packages=("tflite",),
    install="aacbench[pretrained]",
    url="https://storage.googleapis.com/download.tensorflow.org/models/tflite/task_library/audio_classification/android/"
    "lite-model_yamnet_classification_tflite_1.tflite",
    load="aacbench.models.encoders.yamnet:load_tflite",
    sha256="10c95ea3eb9a7bb4cb8bddf6feb023250381008177ac162ce169694d05c317de",
    size=4_126_810,
    classes=YAMNET_CLASSES,
)


def _gpv(name: str, file: str, sha256: str | None = None, size: int | None = None) -> PublishedWeights:
    """Return one of the CRNN5s that the network's authors published with heads for AudioSet's 527 classes (MIT)."""
    return PublishedWeights(
        name=name,
        url=f"https://raw.githubusercontent.com/RicherMans/{file}",
        load="aacbench.models.encoders.crnn5:load_authors",
        sha256=sha256,
        size=size,
        classes=GPV_CLASSES,
        tagging={"classes": 527},
        features={"front_end": "gpv"},
    )


_TEACHERS = "Datadriven-GPVAD/79adfdcbed97c0bf7058a506ad7487c42ab0a982/pretrained_models"
GPV_TEACHER1 = _gpv(
    "gpv-teacher1",
    f"{_TEACHERS}/teacher1/model.pth",
    "9b87fff630931c132585de504c89584fa3cce6504a6bfc7a0bc22c0a82ca67aa",
    3_266_028,
)
GPV_TEACHER2 = _gpv("gpv-teacher2", f"{_TEACHERS}/teacher2/model.pth")
GPV_F = _gpv("gpv-f", "GPV/33cb0bf9a74a5fea18a6e6c0bc0731973bab982a/pretrained/gpv_f.pth")

AST_FILE = "MIT/ast-finetuned-audioset-10-10-0.4593/resolve/f826b80d28226b62986cc218e5cec390b1096902/model.safetensors"
# The head reads the mean of both tokens of the windows that it was trained on.
AST_TAGGING = {"classes": 527, "window": 1024, "hop": 1024, "pooling": "mean"}
AST = PublishedWeights(
    name="ast",
    url=f"https://huggingface.co/{AST_FILE}",
    load="aacbench.models.encoders.ast:load_published",
    classes=AUDIOSET_CLASSES,
    tagging=AST_TAGGING,
)

# The same weights as the authors' own file.
AST_ORIGINAL = PublishedWeights(
    name="ast-original",
    url="https://www.dropbox.com/s/ca0b1v2nlxzyeb4/audioset_10_10_0.4593.pth?dl=1",
    load="aacbench.models.encoders.ast:load_published",
    classes=AUDIOSET_CLASSES,
    tagging=AST_TAGGING,
)
