/*
 * Which addresses are records of real agents. Filled at the start, read only afterwards.
 */
#ifndef ZSNMP_SIM_FLEET_H
#define ZSNMP_SIM_FLEET_H

#include "sim/record.h"

#define ZSNMP_SIM_FLEET_MAX 65536
#define ZSNMP_SIM_FLEET_ERROR_MAX 512

struct zsnmp_sim_fleet;

struct zsnmp_sim_fleet *zsnmp_sim_fleet_new(void);
void zsnmp_sim_fleet_destroy(struct zsnmp_sim_fleet **self);

/* "FILE=ADDRESS[,ADDRESS...]": each address plays the file. */
bool zsnmp_sim_fleet_add_spec(struct zsnmp_sim_fleet *self, const char *spec,
                              char error[ZSNMP_SIM_FLEET_ERROR_MAX]);
/* Every file of the directory named ADDRESS or ADDRESS.<anything but digits>. */
bool zsnmp_sim_fleet_add_dir(struct zsnmp_sim_fleet *self, const char *path,
                             char error[ZSNMP_SIM_FLEET_ERROR_MAX]);
/* The record at this address, NULL if none. */
const struct zsnmp_sim_record *zsnmp_sim_fleet_find(const struct zsnmp_sim_fleet *self,
                                                    uint64_t key);

#endif
