export { Client } from './client.js';
export {
    DeliveryError, DeviceError, RequestError, ServiceError, ServiceLostError, SnmpError, UsmError, WalkError,
} from './errors.js';
export { NoValue, ObjectType, endOfMibView, noSuchInstance, noSuchObject } from './values.js';
