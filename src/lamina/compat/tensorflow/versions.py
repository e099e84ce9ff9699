"""`tf.version.VERSION`."""

from lamina.compat.paths import VERSIONS

VERSION = VERSIONS[3][1]
