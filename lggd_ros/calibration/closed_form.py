"""Hand-eye calibration in closed form: X from A_i X = X B_i, where A_i and B_i are the same motions in two frames.

Four classical methods; OpenCV 5 has no ``calibrateHandEye`` in Python. Motions and poses are arrays (N, 4, 4), (4, 4).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation


def tsai(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Tsai and Lenz, 1989: modified Rodrigues vectors, rotation first."""
    p, q = (2 * np.sin(_angles(m) / 2) * _axes(m) for m in (a, b))
    solved, *_ = np.linalg.lstsq(_skew(p + q).reshape(-1, 3), (q - p).ravel(), rcond=None)
    rodrigues = 2 * solved / np.sqrt(1 + solved @ solved)
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(rodrigues) / 2, 0, 1))
    axis = rodrigues / max(np.linalg.norm(rodrigues), 1e-12)
    return _with_translation(Rotation.from_rotvec(angle * axis).as_matrix(), a, b)


def park(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Park and Martin, 1994: the rotation that best turns the rotation vectors of B into those of A."""
    rotation, _ = Rotation.align_vectors(_turns(a).as_rotvec(), _turns(b).as_rotvec())
    return _with_translation(rotation.as_matrix(), a, b)


def horaud(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Horaud and Dornaika, 1995: the unit quaternion x that minimises the sum of \\|a x - x b\\|²."""
    difference = _left(_quaternions(a)) - _right(_quaternions(b))
    _, vectors = np.linalg.eigh(np.einsum("nij,nik->jk", difference, difference))
    return _with_translation(Rotation.from_quat(vectors[:, 0], scalar_first=True).as_matrix(), a, b)


def daniilidis(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Daniilidis, 1999: dual quaternions, rotation and translation at once."""
    (p, dual_p), (q, dual_q) = _dual_quaternions(a), _dual_quaternions(b)
    real, dual = _left(p) - _right(q), _left(dual_p) - _right(dual_q)
    system = np.block([[real, np.zeros_like(real)], [dual, real]]).reshape(-1, 8)
    _, _, vectors = np.linalg.svd(system)
    x, dual_x = _unit_dual_quaternion(vectors[6], vectors[7])
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_quat(x, scalar_first=True).as_matrix()
    pose[:3, 3] = 2 * (_right(np.array([_conjugate(x)]))[0] @ dual_x)[1:]
    return pose


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "Tsai 1989": tsai,
    "Park 1994": park,
    "Horaud 1995": horaud,
    "Daniilidis 1999": daniilidis,
}


def _with_translation(rotation: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(R_A - I) t_X = R_X t_B - t_A, least squares."""
    left, right = a[:, :3, :3] - np.eye(3), b[:, :3, 3] @ rotation.T - a[:, :3, 3]
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = np.linalg.lstsq(left.reshape(-1, 3), right.ravel(), rcond=None)[0]
    return pose


def _turns(motions: np.ndarray) -> Rotation:
    return Rotation.from_matrix(motions[:, :3, :3])


def _angles(motions: np.ndarray) -> np.ndarray:
    return _turns(motions).magnitude()[:, None]


def _axes(motions: np.ndarray) -> np.ndarray:
    return _turns(motions).as_rotvec() / np.maximum(_angles(motions), 1e-12)


def _skew(v: np.ndarray) -> np.ndarray:
    """(N, 3) -> (N, 3, 3), the matrices of the cross product from the left."""
    x, y, z, zero = *v.T, np.zeros(len(v))
    return np.moveaxis(np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]), -1, 0)


def _quaternions(motions: np.ndarray) -> np.ndarray:
    """(N, 4), scalar first and not negative, so that A's and B's agree in sign."""
    return _turns(motions).as_quat(canonical=True, scalar_first=True)


def _dual_quaternions(motions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Real and dual part (N, 4)."""
    real = _quaternions(motions)
    translation = np.column_stack([np.zeros(len(motions)), motions[:, :3, 3]])
    return real, np.einsum("nij,nj->ni", _left(translation), real) / 2


def _unit_dual_quaternion(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The combination of two null vectors (8,) that has unit length and whose real and dual parts are orthogonal."""
    u, dual_u, v, dual_v = u[:4], u[4:], v[:4], v[4:]
    roots = np.real(np.roots([u @ dual_u, u @ dual_v + v @ dual_u, v @ dual_v]))
    lengths = roots**2 * (u @ u) + 2 * roots * (u @ v) + v @ v
    s, length = roots[lengths.argmax()], lengths.max()
    x, dual_x = ((s * one + other) / np.sqrt(length) for one, other in ((u, v), (dual_u, dual_v)))
    return x, dual_x


def _conjugate(q: np.ndarray) -> np.ndarray:
    return q * [1, -1, -1, -1]


def _left(q: np.ndarray) -> np.ndarray:
    """(N, 4) -> (N, 4, 4): multiplication by q from the left."""
    return _product_matrix(q, 1)


def _right(q: np.ndarray) -> np.ndarray:
    """Multiplication by q from the right."""
    return _product_matrix(q, -1)


def _product_matrix(q: np.ndarray, side: int) -> np.ndarray:
    matrix = q[:, :1, None] * np.eye(4)
    matrix[:, 1:, 0] += q[:, 1:]
    matrix[:, 0, 1:] -= q[:, 1:]
    matrix[:, 1:, 1:] += side * _skew(q[:, 1:])
    return matrix
