/*
 * In place of libFuzzer: a fuzz target with the files that it is given, or all of a directory.
 *
 * usage: TARGET FILE|DIRECTORY ...
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From a block of exactly its size, so that a sanitizer sees what is read behind it. */
static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (file == NULL || fstat(fileno(file), &info) != 0 || info.st_size > FILE_BYTES_MAX) {
        perror(path);
        exit(2);
    }
    uint8_t *data = malloc((size_t)info.st_size + (info.st_size == 0));
    size_t size = data == NULL ? 0 : fread(data, 1, (size_t)info.st_size, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static int run_directory(const char *path, DIR *directory)
{
    char name[PATH_MAX];
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            count += run_file(name);
        }
    }
    closedir(directory);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *directory = opendir(argv[i]);
        count += directory != NULL ? run_directory(argv[i], directory) : run_file(argv[i]);
    }
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
