"""Small data sets in the exact formats of the published ones."""

import json
import pickle

import cv2
import numpy as np
import torch

BANANA, MUG = 3, 7
RECTANGLE = [[90.0, 215.0], [90.0, 235.0], [150.0, 235.0], [150.0, 215.0]]  # centre (120, 225), opens 60 along x
SEQUENCE = "ARID20/table/top/seq12"
SHA = "ab" * 32, "cd" * 32, "ef" * 32
FAMILIES = ("multiple", "unique", "novel-instances", "novel-classes")


def expression(image, text, target, answer, program=(), grasps=(RECTANGLE,)):
    return {
        "image_filename": f"{SEQUENCE},{image}.png",
        "question": text,
        "question_index": 0,
        "target": target,
        "answer": answer,
        "box": [80, 200, 80, 50],
        "grasps": list(grasps),
        "program": list(program),
    }


def node(function, *values):
    return {"function": function, "inputs": [], "value_inputs": list(values)}


EXPRESSIONS = {
    "train": [
        expression("a", "Pick the banana", "banana_1", BANANA, [node("scene"), node("filter_unique", "banana")]),
        expression("a", "Give me the banana", "banana_1", BANANA),
        expression(
            "a", "Grab the white one", "coffee_mug_2", MUG, [node("filter_color", "white")], [RECTANGLE, RECTANGLE]
        ),
    ],
    "val": [expression("b", "Take the mug", "coffee_mug_2", MUG)],
    "test": [
        expression("c", "Pick the mug right of the banana", "coffee_mug_2", MUG),
        expression("a", "Pick the mug", "coffee_mug_2", MUG),
    ],
}


def write_ocid_vlg(root):
    """Images a, b and c, a banana left of a mug; a is both in train and in test."""
    for folder in ("rgb", "depth", "seg_mask_instances_combi"):
        (root / SEQUENCE / folder).mkdir(parents=True)
    color, ids = np.full((480, 640, 3), 128, np.uint8), np.zeros((480, 640), np.uint8)
    color[200:250, 80:160], ids[200:250, 80:160] = (0, 220, 220), BANANA
    color[200:300, 400:480], ids[200:300, 400:480] = 255, MUG
    ids[400:440, 300:340] = 1  # a thing that no expression is about
    for name in "abc":
        cv2.imwrite(str(root / SEQUENCE / f"rgb/{name}.png"), color)
        cv2.imwrite(str(root / SEQUENCE / f"depth/{name}.png"), np.full((480, 640), 900, np.uint16))
        cv2.imwrite(str(root / SEQUENCE / f"seg_mask_instances_combi/{name}.png"), ids)
    for family in FAMILIES:
        (root / "refer" / family).mkdir(parents=True)
        for part, items in EXPRESSIONS.items():
            file = root / "refer" / family / f"{part}_expressions.json"
            file.write_text(json.dumps({"info": {"split": part}, "data": items}))
    return root


GRASP_ROWS = [[0.4, 200.0, 100.0, 60.0, 20.0, 30.0], [0.2, 210.0, 104.0, 50.0, 20.0, -60.0]]
OLD_NAMES = {"grasp_instructions": "prompt", "grasp_label_positive": "positive_grasp", "part_mask": "mask"}


def write_grasp_anything(root, names=None):
    """Three images with two overlapping parts each; the first image is in train and in the unseen test."""
    folders = {name: root / (names or {}).get(name, name) for name in OLD_NAMES}
    for folder in (*folders.values(), root / "image"):
        folder.mkdir(parents=True)
    for sha in SHA:
        cv2.imwrite(str(root / f"image/{sha}.jpg"), np.full((416, 416, 3), (30, 60, 200), np.uint8))
        for number, (bottom, text) in enumerate(
            [(140, "Grasp the knife"), (110, ["Hold the handle", "By the handle"])]
        ):
            part = f"{sha}_0_{number}"
            mask = np.zeros((416, 416), np.uint8)
            mask[80:bottom, 150:250] = 1
            np.save(folders["part_mask"] / f"{part}.npy", mask)
            torch.save(torch.tensor(GRASP_ROWS), folders["grasp_label_positive"] / f"{part}.pt")
            (folders["grasp_instructions"] / f"{part}.pkl").write_bytes(pickle.dumps(text))
    lists = {"train/seen": SHA[:1], "test/seen": SHA[1:2], "test/unseen": (SHA[0], SHA[2])}
    for name, images in lists.items():
        file = root / "split/grasp-anything++" / f"{name}.obj"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps([f"{sha}_0" for sha in images]))
    return root
