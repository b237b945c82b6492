"""Client of ZSNMP services: `Client` blocks, `zsnmp.aio.Client` and `zsnmp.green.Client` do not."""

from .client import Client
from .errors import (
    Cancelled,
    DeliveryError,
    DeviceError,
    Error,
    RequestError,
    SecurityError,
    ServiceError,
    ServiceLost,
    Timeout,
    WalkCutOff,
    error_of,
)
from .values import (
    END_OF_MIB_VIEW,
    NO_SUCH_INSTANCE,
    NO_SUCH_OBJECT,
    Missing,
    Table,
    Varbinds,
    oid_str,
    oid_tuple,
)

__version__ = "0.1.0"

__all__ = [
    "END_OF_MIB_VIEW",
    "NO_SUCH_INSTANCE",
    "NO_SUCH_OBJECT",
    "Cancelled",
    "Client",
    "DeliveryError",
    "DeviceError",
    "Error",
    "Missing",
    "RequestError",
    "SecurityError",
    "ServiceError",
    "ServiceLost",
    "Table",
    "Timeout",
    "Varbinds",
    "WalkCutOff",
    "error_of",
    "oid_str",
    "oid_tuple",
]
