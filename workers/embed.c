/* Polls the devices named on the command line, and prints what they are called and how long they
 * have been up. See README.md beside this file. */
#include <stdio.h>
#include <zsnmp.h>

static void on_reply(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    const char *device = arg;
    zsnmp_varbind_t vb;
    size_t at = 0;
    (void)request;
    if (zsnmp_reply_error(reply) != ZSNMP_OK) {
        printf("%s: %s\n", device, zsnmp_reply_message(reply));
    }
    while (zsnmp_reply_varbind(reply, &at, &vb)) {
        char oid[1500];
        char value[500];
        zsnmp_oid_print(vb.oid, vb.oid_len, oid, sizeof oid);
        zsnmp_varbind_print(&vb, value, sizeof value);
        printf("%s: %s = %s\n", device, oid, value);
    }
}

int main(int argc, char **argv)
{
    zsnmp_err_t err;
    zsnmp_pool_t *pool = zsnmp_pool_new(NULL, &err);
    if (pool == NULL) {
        fprintf(stderr, "no pool: %s\n", zsnmp_error_text(err));
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        zsnmp_request_t *request = zsnmp_request_new(ZSNMP_GET, argv[i]);
        zsnmp_request_add_oid_str(request, "1.3.6.1.2.1.1.5.0"); /* sysName.0 */
        zsnmp_request_add_oid_str(request, "1.3.6.1.2.1.1.3.0"); /* sysUpTime.0 */
        err = zsnmp_pool_submit(pool, request, on_reply, argv[i], NULL);
        if (err != ZSNMP_OK) {
            printf("%s: %s\n", argv[i], zsnmp_error_text(err));
            zsnmp_request_destroy(&request); /* what was refused is still ours */
        }
    }
    zsnmp_pool_drain(pool, 60000);
    zsnmp_pool_destroy(&pool);
    return 0;
}
