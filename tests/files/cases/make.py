"""Makes the files of this folder, as the programs make them that people use.

Made with NumPy 2.4.6, safetensors 0.8.0, PyTorch 2.15.0 and pypng 0.20220715: `pip install numpy safetensors torch pypng`,
then `python make.py` in this folder. `tests/files/read/` says what is in them.
"""

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
import png
import torch
from safetensors.torch import save_file

X = ((np.arange(24) - 8) / 4).reshape(2, 3, 2, 2)


def npy(array, **how):
    file = io.BytesIO()
    np.save(file, array, **how)
    return file.getvalue()


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def add(archive, name, data, method=0):
    """Adds a member, always of the same date."""
    archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)


def types():
    """Every real type in both byte orders: integers and halves are 4·X + 8 = 0, 1, …, 23 without a sign, 4·X with one."""
    np.save("dtype_b1.npy", X > 0)
    np.save("dtype_f2.npy", X.astype("<f2"))
    np.save("dtype_i4.npy", (4 * X).astype("<i4"))
    np.save("dtype_f4be.npy", X.astype(">f4"))
    np.save("labels_1d.npy", np.arange(10))
    arrays = {"bool": X > 0}
    for code in ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
        values = X if code[0] == "f" else 4 * X + (8 if code[0] == "u" else 0)
        for order in "<>":
            arrays[code + {"<": " little", ">": " big"}[order]] = values.astype(order + code)
        arrays[code + " fortran"] = np.asfortranarray(values.astype(code))
    np.savez_compressed("types.npz", **arrays)
    record = np.zeros(2, [("x", "<f4"), ("y", "<i8")])
    refused = {
        "text": np.array(["cat", "dog"]),
        "bytes": np.array([b"cat", b"dog"]),
        "objects": np.array([{}, None]),
        "complex": np.zeros(2, "<c8"),
        "long doubles": np.zeros(2, np.longdouble),
        "dates": np.array(["2026-01-01"], "M8[D]"),
        "spans": np.array([1], "m8[s]"),
        "void": np.zeros(2, "V2"),
        "records": record,
    }
    np.savez("refused.npz", x=X, **refused)
    wide = {
        "longs": np.array([2**24, 2**24 + 1, -(2**53) - 1, 2**63 - 1]),
        "doubles": np.array([0.5, 0.1, 1e300, -1e300, np.nan, np.inf]),
    }
    np.savez("rounded.npz", **wide)
    np.save("rounded_i4.npy", np.array([2**24 + 1, 2**24 + 3, 2**25 + 3], np.int32))


def archives():
    x = npy(X.astype("<f4"))
    np.savez("npz_with_strings.npz", x=X.astype("<f4"), names=np.array(["cat", "dog"]))
    np.savez("npz_with_bool.npz", x=X.astype("<f4"), mask=X > 0)
    with zipfile.ZipFile("npz_macos.npz", "w") as file:
        add(file, "x.npy", x)
        add(file, "__MACOSX/._x.npy", b"\x00\x05\x16\x07")
    with zipfile.ZipFile("npz_folder_entry.npz", "w") as file:
        add(file, "layer/", b"")
        add(file, "layer/w.npy", x)
    with zipfile.ZipFile("packings.zip", "w") as file:
        for name, method in [("stored", 0), ("deflate", 8), ("bzip2", 12), ("lzma", 14)]:
            add(file, f"{name}.npy", x, method)
        add(file, "labels-idx1-ubyte", bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        add(file, "notes.txt", "read me")
        add(file, "inner.npz", open("npz_with_bool.npz", "rb").read())
        add(file, "page.npy", b"<!doctype html>")
        add(file, "w.safetensors", open("w.safetensors", "rb").read())
    zip64(x)
    write("x_multi.npy.gz", b"".join(gzip.compress(part, mtime=0) for part in (x[:100], x[100:])))
    write("x_double.npy.gz", gzip.compress(gzip.compress(x, mtime=0), mtime=0))


def zip64(x):
    """A zip file with only the sizes in zip64's field, and one with everything there and in zip64's record."""
    crc, blank = zlib.crc32(x), 2**32 - 1
    local = struct.pack("<4s5HIIIHH", b"PK\3\4", 45, 0, 0, 0, 33, crc, blank, blank, 5, 20)
    local += b"x.npy" + struct.pack("<HHQQ", 1, 16, len(x), len(x)) + x

    def entry(field, at):
        head = struct.pack("<4s6HIII5HII", b"PK\1\2", 45, 45, 0, 0, 0, 33, crc, blank, blank, 5, len(field), 0, 0, 0, 0, at)
        return head + b"x.npy" + field

    some = entry(struct.pack("<HHQQ", 1, 16, len(x), len(x)), 0)
    write("npz_zip64_central.npz", local + some + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(some), len(local), 0))
    every = entry(struct.pack("<HHQQQ", 1, 24, len(x), len(x), 0), blank)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(every), len(local))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + len(every), 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 65535, 65535, blank, blank, 0)
    write("npz_zip64.npz", local + every + record + locator + end)


def tensors():
    values = torch.tensor([0, 1, 1.5, -2, 0.25, 4])
    names = "bool uint8 int8 int16 uint16 int32 uint32 int64 uint64 float16 bfloat16 float32 float64 float8_e4m3fn float8_e5m2 \
        float8_e4m3fnuz float8_e5m2fnuz"
    kept = {name: (values.abs() if name.startswith("u") else values).to(getattr(torch, name)) for name in names.split()}
    kept["float8_e8m0fnu"] = torch.tensor([0.25, 1, 4]).to(torch.float8_e8m0fnu)
    save_file({**kept, "complex64": values.to(torch.complex64)}, "types.safetensors")
    save_file({"w": torch.tensor(X, dtype=torch.float32), "b": torch.zeros(3)}, "w.safetensors")
    torch.save({"w": torch.zeros(2)}, "model.pt")


def filtered(image):
    """A PNG image whose rows are filtered by the five methods in turn."""
    height, width, channels = image.shape
    rows = image.reshape(height, -1).view(np.uint8).astype(int)
    step = 2 * channels
    above = np.zeros_like(rows[0])
    data = b""
    for at, row in enumerate(rows):
        left = np.concatenate([np.zeros(step, int), row[:-step]])
        corner = np.concatenate([np.zeros(step, int), above[:-step]])
        guess = left + above - corner
        neighbours = np.stack([left, above, corner])
        paeth = np.take_along_axis(neighbours, np.abs(neighbours - guess).argmin(0)[None], 0)[0]
        predicted = [0 * row, left, above, (left + above) // 2, paeth][at % 5]
        data += bytes([at % 5]) + ((row - predicted) % 256).astype(np.uint8).tobytes()
        above = row

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def roles():
    """Arrays whose axes are not N, C, H, W; every value says where it is from."""
    place = np.arange(25).reshape(1, 5, 5, 1)
    np.save("nhwc_keras.npy", (100 * np.arange(2).reshape(2, 1, 1, 1) + 3 * place + np.arange(3)).astype("<f4"))
    tokens = np.arange(2).reshape(2, 1, 1) * 100 + np.arange(5).reshape(1, 5, 1) * 10 + np.arange(8)
    np.save("bnc_transformer.npy", tokens.astype("<f4"))
    np.save("bnc_fortran.npy", np.asfortranarray(tokens.astype("<f4")))
    np.save("table_2d.npy", np.arange(24, dtype="<f4").reshape(8, 3))


def images():
    def plane(channel, height, width):
        return 6000 * channel + 300 * np.arange(height)[:, None] + 7 * np.arange(width)[None, :]

    grey = plane(0, 9, 7).astype(np.uint16)
    with open("grey16.png", "wb") as file:
        png.Writer(7, 9, greyscale=True, bitdepth=16).write(file, grey.tolist())
    rgba = np.stack([plane(channel, 9, 7) for channel in range(4)], -1).astype(np.uint16)
    with open("rgba16_interlaced.png", "wb") as file:
        png.Writer(7, 9, greyscale=False, alpha=True, bitdepth=16, interlace=True).write(file, rgba.reshape(9, -1).tolist())
    rgb = np.stack([plane(channel, 9, 7) for channel in range(3)], -1).astype(">u2")
    write("rgb16_filters.png", filtered(rgb))
    assert np.array_equal(np.array(list(png.Reader("rgb16_filters.png").read()[2])).reshape(rgb.shape), rgb)
    with open("grey16_low.png", "wb") as file:
        png.Writer(4, 4, greyscale=True, bitdepth=16).write(file, np.arange(16).reshape(4, 4).tolist())
    white = [[255, 255, 255, 255 if 0 < row < 3 and 0 < column < 3 else 0] for row in range(4) for column in range(4)]
    with open("rgba_white_on_clear.png", "wb") as file:
        png.Writer(4, 4, greyscale=False, alpha=True).write(file, np.array(white).reshape(4, -1).tolist())


types()
tensors()
archives()
images()
roles()
write("page.html.npy", b"<!DOCTYPE html><html>404</html>")
write("lfs_pointer.npy", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d7a" * 16 + b"\nsize 12345\n")
