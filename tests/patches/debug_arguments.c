// Patch 0009: what is passed to a debug message that is compiled out is not evaluated.
#include "util.h"

static int evaluated;

static const char *text(void)
{
    evaluated++;
    return "text";
}

int main(void)
{
    const oid name[] = {1, 3};

    DEBUGMSG(("test", "%s", text()));
    DEBUGMSGT(("test", "%s", text()));
    DEBUGMSGL(("test", "%s", text()));
    DEBUGMSGTL(("test", "%s", text()));
    DEBUGMSG_NC(("test", "%s", text()));
    DEBUGMSGT_NC(("test", "%s", text()));
    DEBUGTRACETOK(text());
    DEBUGMSGOID((text(), name, OID_LENGTH(name)));
    DEBUGMSGSUBOID((text(), name, OID_LENGTH(name)));
    DEBUGMSGVAR((text(), NULL));
    DEBUGDUMPSETUP(text(), name, 1);
    CHECK(evaluated == 0);
    return 0;
}
