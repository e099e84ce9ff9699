# ruff: noqa: E501 - a family of calls a line
"""Calls of TensorFlow's functions: one row each, run under real TensorFlow and under lamina.

A row is an expression over `tf`, and over arrays whose names stand in ARRAYS. What a call returns
is flattened to arrays: tensors, lists, tuples, dicts; strings as their bytes' values.
"""

from __future__ import annotations

import numpy as np

_draw = np.random.RandomState(7)


def _floats(*shape):
    return _draw.normal(size=shape).astype("float32")


ARRAYS = {
    "x": _floats(3, 4),
    "y": _floats(3, 4),
    "p": np.abs(_floats(3, 4)) + 0.1,
    "v": _floats(5),
    "w": _floats(4, 2),
    "s": np.array([[3.0, 0.5, 0.1], [0.5, 2.0, 0.2], [0.1, 0.2, 1.5]], "float32"),
    "b": _floats(2, 3, 4),
    "i": np.array([2, 0, 1], "int32"),
    "ii": np.array([[0, 1], [2, 3]], "int32"),
    "n": np.array([[1, -2, 3], [4, 5, -7]], "int32"),
    "m": np.array([[True, False, True, True]] * 3),
    "t": np.array([[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]], "float32"),
    "img": np.abs(_floats(2, 7, 6, 3)) % 1.0,
    "img2": np.abs(_floats(2, 12, 13, 3)) % 1.0,
    "img3": np.abs(_floats(2, 12, 13, 3)) % 1.0,
    "bytes": _draw.randint(0, 256, (5, 6, 3)).astype("uint8"),
    "k": _floats(3, 3, 3, 4) * 0.3,
    "kd": _floats(3, 3, 3, 2) * 0.3,
    "kt": _floats(3, 3, 2, 3) * 0.3,
    "seq": _floats(2, 8, 3),
    "k1": _floats(3, 3, 2),
}

ROWS = """
tf.constant([1, 2, 3]); tf.constant(2.5, shape=[2, 2]); tf.constant([1, 2], dtype=tf.float32)
tf.convert_to_tensor([[1.0, 2.0]]); tf.cast([1.7, -1.7], tf.int32); tf.cast([0, 2], tf.bool)
tf.reshape(x, [2, -1]); tf.transpose(b); tf.transpose(b, perm=[0, 2, 1]); tf.expand_dims(x, 1)
tf.squeeze(tf.expand_dims(x, 0)); tf.squeeze(tf.ones([1, 2, 1]), axis=[2]); tf.concat([x, y], 1)
tf.concat([x, y], axis=-2); tf.stack([x, y], axis=1); tf.unstack(x, axis=1); tf.split(x, 2, axis=1)
tf.split(x, [1, 3], axis=1); tf.split(x, [1, -1], 1); tf.tile(x, [2, 1]); tf.repeat(v, 2)
tf.repeat(x, [1, 0, 2], axis=0); tf.gather(x, i); tf.gather(x, [1, 3], axis=1); tf.gather(b, ii[:, :1], batch_dims=1)
tf.gather(b, ii, axis=2, batch_dims=1); tf.gather_nd(x, ii); tf.gather_nd(b, [[0], [1]]); tf.gather_nd(b, [[0], [2]], batch_dims=1)
tf.scatter_nd([[1], [3]], [5.0, 6.0], [5]); tf.tensor_scatter_nd_update(v, [[0], [2]], [1.0, 2.0])
tf.tensor_scatter_nd_add(v, [[0], [0]], [1.0, 2.0]); tf.tensor_scatter_nd_sub(v, [[1]], [1.0])
tf.tensor_scatter_nd_max(v, [[1]], [9.0]); tf.where(x > 0, x, y); tf.where(m); tf.where(x > 0, x, 0.0)
tf.boolean_mask(x, m); tf.boolean_mask(x, [True, False, True]); tf.one_hot(i, 4); tf.one_hot(i, 3, on_value=5, off_value=-1, dtype=tf.int32)
tf.one_hot(i, 3, axis=0); tf.range(5); tf.range(2, 9, 3); tf.range(0.0, 1.0, 0.25); tf.linspace(0.0, 1.0, 5)
tf.zeros([2, 3]); tf.ones((2,), tf.int32); tf.fill([2, 2], 7); tf.eye(3); tf.eye(2, 3, batch_shape=[2])
tf.zeros_like(x); tf.ones_like(n); tf.shape(b); tf.size(b); tf.rank(b); tf.identity(x); tf.stop_gradient(x)
tf.pad(x, [[1, 0], [0, 2]]); tf.pad(x, [[1, 1], [1, 1]], 'REFLECT'); tf.pad(x, [[1, 1], [0, 0]], 'SYMMETRIC'); tf.pad(x, [[0, 1], [0, 0]], constant_values=3.0)
tf.reverse(x, axis=[1]); tf.roll(x, 1, axis=0); tf.roll(x, [1, 2], axis=[0, 1]); tf.sort(v); tf.sort(x, direction='DESCENDING')
tf.argsort(v); tf.argsort(v, direction='DESCENDING'); tf.argmax(x); tf.argmax(x, axis=1); tf.argmin(x, 1, output_type=tf.int32)
tf.cumsum(x); tf.cumsum(x, axis=1, exclusive=True); tf.cumsum(x, 1, reverse=True); tf.math.cumprod(x, axis=1, exclusive=True)
tf.meshgrid(v, [1.0, 2.0]); tf.meshgrid(v, [1.0, 2.0], indexing='ij'); tf.clip_by_value(x, -0.5, 0.5); tf.clip_by_norm(x, 1.0); tf.clip_by_norm(x, 1.0, axes=[1])
tf.clip_by_global_norm([x, v], 1.0); tf.linalg.global_norm([x, v]); tf.einsum('ij,jk->ik', x, w); tf.matmul(x, w)
tf.matmul(x, y, transpose_b=True); tf.matmul(x, y, transpose_a=True); tf.tensordot(x, w, axes=1); tf.tensordot(x, y, axes=[[0], [0]])
tf.norm(x); tf.norm(x, axis=1); tf.norm(x, ord=1, axis=1); tf.norm(x, ord=np.inf); tf.norm(x, axis=1, keepdims=True); tf.sequence_mask([1, 3, 2]); tf.sequence_mask([1, 3], 4, dtype=tf.float32)
tf.unique([3, 1, 3, 2, 1]); tf.unique_with_counts([3, 1, 3, 2, 1]); tf.broadcast_to(v, [2, 5]); tf.slice(x, [1, 0], [2, -1]); tf.strided_slice(x, [0, 0], [3, 4], [2, 2])
tf.map_fn(lambda r: r * 2, x); tf.map_fn(lambda r: tf.reduce_sum(r), b); tf.scan(lambda a, e: a + e, v); tf.foldl(lambda a, e: a + e, v); tf.foldr(lambda a, e: a - e, v)
tf.while_loop(lambda j, a: j < 5, lambda j, a: (j + 1, a * 2.0), (tf.constant(0), tf.constant(1.0))); tf.cond(tf.constant(True), lambda: x, lambda: y); tf.case([(tf.constant(False), lambda: 1.0), (tf.constant(True), lambda: 2.0)]); tf.switch_case(tf.constant(1), [lambda: 1.0, lambda: 2.0])
tf.reduce_sum(x); tf.reduce_sum(x, axis=[0, 1]); tf.reduce_mean(x, 0); tf.reduce_mean(x, axis=1, keepdims=True); tf.reduce_mean(n); tf.reduce_max(x, 1); tf.reduce_min(x); tf.reduce_prod(n, 1)
tf.reduce_any(m); tf.reduce_all(m, 0); tf.reduce_logsumexp(x, 1); tf.math.reduce_std(x, 0); tf.math.reduce_variance(x); tf.math.reduce_euclidean_norm(x, 1)
tf.equal(n, 3); tf.not_equal(n, 3); tf.greater(x, y); tf.less_equal(x, y); tf.logical_and(m, x > 0); tf.logical_or(m, x > 0); tf.logical_not(m); tf.math.logical_xor(m, x > 0)
tf.maximum(x, 0.0); tf.minimum(x, y); tf.abs(n); tf.sign(x); tf.square(x); tf.sqrt(p); tf.math.rsqrt(p); tf.exp(x); tf.math.log(p); tf.math.log1p(p); tf.math.expm1(x); tf.pow(p, 2.0); tf.round([0.5, 1.5, -2.5]); tf.floor(x); tf.math.ceil(x)
tf.add(x, y); tf.subtract(x, y); tf.multiply(x, 2.0); tf.divide(x, y); tf.math.divide_no_nan(x, tf.zeros_like(x)); tf.math.multiply_no_nan(x, 0.0); tf.math.floordiv(n, 2); tf.math.floormod(n, 3); tf.truediv(n, 2); tf.math.squared_difference(x, y)
tf.sin(x); tf.cos(x); tf.tan(x); tf.math.asin(p / 10); tf.math.atan(x); tf.math.atan2(x, y); tf.sinh(x); tf.tanh(x); tf.math.erf(x); tf.math.erfc(x); tf.sigmoid(x); tf.math.softplus(x); tf.math.reciprocal(p); tf.math.lgamma(p); tf.math.is_nan(x); tf.math.is_finite(x)
tf.math.xlogy(p, p); tf.math.xdivy(x, p); tf.add_n([x, y, x]); tf.math.polyval([1.0, 2.0, 3.0], v); tf.math.count_nonzero(n); tf.math.zero_fraction(t); tf.math.l2_normalize(x, axis=1); tf.math.confusion_matrix([0, 1, 2, 1], [0, 2, 2, 1]); tf.math.bincount([1, 1, 3]); tf.math.bincount([[1, 1], [3, 0]], axis=-1); tf.histogram_fixed_width(v, [-2.0, 2.0], 4)
tf.math.top_k(x, 2); tf.math.in_top_k([0, 1, 2], x, 2); tf.searchsorted([1.0, 2.0, 3.0], [0.5, 2.0, 4.0]); tf.math.segment_sum(x, [0, 0, 1]); tf.math.segment_mean(x, [0, 0, 1]); tf.math.unsorted_segment_sum(x, [1, 0, 1], 3); tf.math.unsorted_segment_mean(x, [1, 0, 1], 3); tf.math.cumulative_logsumexp(v)
tf.nn.relu(x); tf.nn.relu6(x * 5); tf.nn.leaky_relu(x); tf.nn.leaky_relu(x, alpha=0.1); tf.nn.elu(x); tf.nn.selu(x); tf.nn.gelu(x); tf.nn.gelu(x, approximate=True); tf.nn.silu(x); tf.nn.swish(x); tf.nn.softsign(x); tf.nn.softmax(x); tf.nn.softmax(x, axis=0); tf.nn.log_softmax(x); tf.nn.crelu(x); tf.nn.sigmoid(x); tf.nn.tanh(x)
tf.nn.sigmoid_cross_entropy_with_logits(labels=t, logits=x); tf.nn.weighted_cross_entropy_with_logits(labels=t, logits=x, pos_weight=2.0); tf.nn.softmax_cross_entropy_with_logits(labels=t, logits=x); tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x); tf.nn.log_poisson_loss(p, x); tf.nn.log_poisson_loss(p * 3, x, compute_full_loss=True); tf.nn.l2_loss(x); tf.nn.compute_average_loss(v, global_batch_size=10)
tf.nn.moments(x, axes=[0]); tf.nn.moments(b, axes=[0, 1], keepdims=True); tf.nn.batch_normalization(x, 0.5, 2.0, 0.1, 1.5, 1e-3); tf.nn.bias_add(x, tf.ones([4])); tf.nn.l2_normalize(x, 1); tf.nn.local_response_normalization(tf.reshape(b, [2, 3, 1, 4]), 1, 1.0, 0.5, 0.75); tf.nn.embedding_lookup(x, i); tf.nn.weighted_moments(x, [0], p)
tf.nn.conv2d(img, k, strides=1, padding='SAME'); tf.nn.conv2d(img, k, strides=[1, 2, 2, 1], padding='VALID'); tf.nn.conv2d(img, k, 1, 'VALID', dilations=2); tf.nn.conv2d(img, k, 1, [[0, 0], [1, 1], [2, 0], [0, 0]]); tf.nn.depthwise_conv2d(img, kd, [1, 1, 1, 1], 'SAME'); tf.nn.conv1d(seq, k1, 2, 'SAME'); tf.nn.conv2d_transpose(img, kt, [2, 14, 12, 2], 2); tf.nn.conv2d_transpose(img, kt, [2, 9, 8, 2], 1, 'VALID'); tf.nn.separable_conv2d(img, kd, tf.ones([1, 1, 6, 2]), [1, 1, 1, 1], 'VALID')
tf.nn.max_pool2d(img, 2, 2, 'VALID'); tf.nn.max_pool2d(img, [1, 3, 3, 1], [1, 2, 2, 1], 'SAME'); tf.nn.avg_pool2d(img, 2, 2, 'SAME'); tf.nn.max_pool(img, 2, 1, 'SAME'); tf.nn.avg_pool1d(seq, 2, 2, 'VALID'); tf.nn.pool(img, [2, 2], 'MAX'); tf.nn.space_to_depth(img[:, :6], 2); tf.nn.depth_to_space(tf.ones([1, 2, 2, 4]), 2)
tf.linalg.diag(v); tf.linalg.diag_part(s); tf.linalg.set_diag(s, [1.0, 2.0, 3.0]); tf.linalg.band_part(s, 0, -1); tf.linalg.band_part(tf.ones((4, 4)), -1, 0); tf.linalg.trace(s); tf.linalg.matrix_transpose(b); tf.linalg.matvec(s, [1.0, 2.0, 3.0]); tf.linalg.inv(s); tf.linalg.det(s); tf.linalg.solve(s, s[:, :1]); tf.linalg.cholesky(s); tf.linalg.svd(s, compute_uv=False); tf.linalg.normalize(x, axis=1); tf.linalg.cross([[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]); tf.linalg.lstsq(x, y)
tf.image.resize(img, [14, 9]); tf.image.resize(img, [3, 4]); tf.image.resize(img, [4, 4], method='nearest'); tf.image.resize(img, [14, 12], method='bicubic'); tf.image.resize(img, [3, 3], method='area'); tf.image.resize(img, [3, 3], antialias=True); tf.image.resize(bytes, [3, 3]); tf.image.resize_with_pad(img, 10, 12); tf.image.resize_with_crop_or_pad(img, 5, 9)
tf.image.crop_to_bounding_box(img, 1, 2, 3, 3); tf.image.pad_to_bounding_box(img, 1, 2, 10, 10); tf.image.central_crop(img, 0.5); tf.image.flip_left_right(img); tf.image.flip_up_down(img); tf.image.transpose(img); tf.image.rot90(img); tf.image.rot90(img, k=3)
tf.image.convert_image_dtype(bytes, tf.float32); tf.image.convert_image_dtype(img, tf.uint8); tf.image.adjust_brightness(img, 0.2); tf.image.adjust_contrast(img, 1.7); tf.image.adjust_saturation(img, 1.4); tf.image.adjust_hue(img, 0.15); tf.image.adjust_gamma(img, 2.0); tf.image.adjust_brightness(bytes, 0.2); tf.image.adjust_contrast(bytes, 1.5)
tf.image.rgb_to_grayscale(img); tf.image.rgb_to_grayscale(bytes); tf.image.grayscale_to_rgb(tf.constant(img[..., :1])); tf.image.rgb_to_hsv(img); tf.image.hsv_to_rgb(img); tf.image.rgb_to_yuv(img); tf.image.yuv_to_rgb(img); tf.image.per_image_standardization(img); tf.image.psnr(img, img * 0.9, 1.0); tf.image.ssim(img2, img3, 1.0); tf.image.total_variation(tf.constant(img)); tf.image.image_gradients(tf.constant(img)); tf.image.sobel_edges(tf.constant(img)); tf.image.extract_patches(img, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'VALID'); tf.image.crop_and_resize(img, [[0.1, 0.2, 0.8, 0.9]], [1], [4, 5]); tf.image.non_max_suppression([[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [2.0, 2.0, 3.0, 3.0]], [0.9, 0.8, 0.7], 3)
tf.strings.lower(['ABc', 'D']); tf.strings.upper('abc'); tf.strings.strip([' a ']); tf.strings.regex_replace('a1b22', '[0-9]+', 'x'); tf.strings.regex_replace('hello', '(l+)', r'<\\1>'); tf.strings.regex_replace('a.b!', '[[:punct:]]', ''); tf.strings.length(['abc', 'd']); tf.strings.length('é'); tf.strings.length('é', unit='UTF8_CHAR'); tf.strings.substr('hello', 1, 3); tf.strings.substr('hello', -2, 2); tf.strings.join([['a', 'b'], ['c', 'd']], separator='-'); tf.strings.reduce_join(['a', 'b', 'c'], separator='+'); tf.strings.reduce_join([['a', 'b'], ['c', 'd']], axis=1); tf.strings.split('a b  c'); tf.strings.split('a,b', ','); tf.strings.split(['a b', 'c']).to_tensor(); tf.strings.unicode_split('añb', 'UTF-8'); tf.strings.to_number(['1.5', '2']); tf.strings.to_number('7', tf.int32); tf.strings.as_string([1, 22]); tf.strings.as_string([1.5]); tf.strings.regex_full_match(['ab', 'b'], 'a.*'); tf.strings.unicode_decode('añ', 'UTF-8'); tf.strings.bytes_split('ab')
tf.ragged.constant([[1, 2], [3]]).to_tensor(); tf.RaggedTensor.from_row_lengths([1, 2, 3], [1, 2]).to_tensor(-1); tf.io.decode_raw(tf.constant('abcd'), tf.uint8); tf.io.decode_csv(['1,2.5,a', '3,,b'], [0, 1.0, '']); tf.bitwise.bitwise_and([6], [3])
tf.constant([1.0, 2.0]) + np.array([1.0, 2.0]); tf.constant([7]) / tf.constant([2]); tf.constant([7]) // 2; -tf.constant([1.0]); tf.constant([1.0]) @ tf.constant([[2.0]]) if False else tf.constant(1); tf.constant([[1, 2], [3, 4]])[:, 1]; tf.constant([1, 2, 3])[::-1]; tf.constant([1, 2])[tf.newaxis, ..., None]; x[tf.constant(1)] if False else tf.constant(x)[tf.constant(1)]; tf.abs(tf.constant([-1.5])) ** 2; tf.constant(3) > 2; tf.constant([True]) & False; 1.0 - tf.constant([0.25])
tf.nest.flatten({'a': [1, 2], 'b': 3}); tf.nest.map_structure(lambda z: z + 1, [v, {'a': x}]); tf.nest.pack_sequence_as([0, (0, 0)], [1, 2, 3]); tf.nest.is_nested([1])
tf.compat.v1.image.resize_bilinear(img, [14, 9]); tf.compat.v1.image.resize_bilinear(img, [3, 4]); tf.compat.v1.image.resize_bilinear(img, [11, 13], align_corners=True); tf.compat.v1.image.resize_bilinear(img, [11, 13], half_pixel_centers=True)
tf.compat.v1.image.resize_nearest_neighbor(img, [14, 9]); tf.compat.v1.image.resize_nearest_neighbor(img, [3, 4], align_corners=True); tf.compat.v1.image.resize_nearest_neighbor(img, [10, 5], half_pixel_centers=True)
tf.compat.v1.image.resize_bicubic(img, [10, 9]); tf.compat.v1.image.resize_bicubic(img, [10, 9], align_corners=True); tf.compat.v1.image.resize_area(img, [3, 3])
tf.compat.v1.image.resize_images(img, [9, 9]); tf.compat.v1.image.resize_images(img[0], [9, 9], align_corners=True); tf.compat.v1.image.resize_images(img, [4, 9], method=1); tf.compat.v1.image.resize_images(img, [20, 9], preserve_aspect_ratio=True); tf.compat.v1.image.resize_image_with_pad(img, 9, 12)
tf.image.crop_and_resize(img, [[0.0, 0.0, 1.0, 1.0], [0.2, 0.3, 0.8, 1.2], [1.0, 1.0, 0.0, 0.0]], [0, 1, 0], [4, 5]); tf.image.crop_and_resize(img, [[0.2, 0.3, 0.8, 0.9]], [1], [3, 3], method='nearest'); tf.image.crop_and_resize(img, [[0.2, 0.3, 0.8, 0.9]], [1], [1, 1])
tf.nn.max_pool_with_argmax(img, 2, 2, 'SAME'); tf.nn.max_pool_with_argmax(img, [1, 3, 3, 1], [1, 2, 2, 1], 'VALID'); tf.nn.max_pool_with_argmax(img, 3, 1, 'SAME', output_dtype=tf.int32)
tf.compat.v1.extract_image_patches(img, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'VALID'); tf.compat.v1.depth_to_space(tf.ones((1, 2, 2, 4)), 2); tf.compat.v1.matrix_inverse(s); tf.compat.v1.matrix_diag(v); tf.compat.v1.nn.xw_plus_b(x, w, [1.0, 2.0])
tf.signal.frame(v, 2, 1); tf.signal.frame(v, 3, 2, pad_end=True, pad_value=9.0); tf.signal.frame(b, 2, 1, axis=1); tf.signal.overlap_and_add(tf.signal.frame(v, 3, 1), 1)
tf.signal.hann_window(8); tf.signal.hann_window(7); tf.signal.hann_window(7, periodic=False); tf.signal.hamming_window(8); tf.signal.hamming_window(1)
tf.abs(tf.signal.rfft(v)); tf.math.real(tf.signal.rfft(v, [8])); tf.math.imag(tf.signal.fft(tf.complex(v, 2 * v))); tf.signal.irfft(tf.signal.rfft(tf.ones(6))); tf.math.real(tf.signal.ifft(tf.complex(v, v)))
tf.abs(tf.signal.stft(tf.range(40.0), 8, 4)); tf.math.real(tf.signal.stft(tf.range(40.0), 7, 3, 16, window_fn=None, pad_end=True)); tf.signal.inverse_stft(tf.signal.stft(tf.range(40.0), 8, 4), 8, 4)
tf.signal.dct(x); tf.signal.dct(x, norm='ortho'); tf.signal.mfccs_from_log_mel_spectrograms(x); tf.signal.linear_to_mel_weight_matrix(); tf.signal.linear_to_mel_weight_matrix(10, 65, 16000, 20.0, 8000.0)
tf.abs(tf.complex(3.0, 4.0)); tf.math.angle(tf.complex(x, y)); tf.math.real(tf.complex(x, y) * tf.complex(y, x)); tf.math.imag(tf.math.conj(tf.complex(x, y)) / tf.complex(y, x))
tf.audio.decode_wav(tf.audio.encode_wav([[0.5, -0.25], [1.0, -1.0], [0.1, 0.0]], 8000)); tf.audio.decode_wav(tf.audio.encode_wav([[0.5], [-0.25], [0.1]], 8000), desired_channels=2, desired_samples=5)
tf.compat.v1.losses.softmax_cross_entropy(t, x); tf.compat.v1.losses.softmax_cross_entropy(t, x, label_smoothing=0.1); tf.compat.v1.losses.sparse_softmax_cross_entropy(i, x, weights=[1.0, 0.0, 2.0]); tf.compat.v1.losses.sigmoid_cross_entropy(t, x, label_smoothing=0.2); tf.compat.v1.losses.absolute_difference(x, y); tf.compat.v1.losses.huber_loss(x, y, delta=0.7)
"""
CALLS = [
    call.strip() for line in ROWS.strip().splitlines() for call in line.split("; ")
    if "if False" not in call
]  # fmt: skip


def answer(tf, call):
    """The arrays that a call gives."""
    return list(_leaves(eval(call, {"tf": tf, "np": np, **ARRAYS})))


def _leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
        return
    found = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    if found.dtype == object or found.dtype.kind in "SU":
        texts = [t if isinstance(t, bytes) else str(t).encode() for t in found.reshape(-1)]
        found = np.frombuffer(b"\0".join(texts), "uint8")
    yield found
