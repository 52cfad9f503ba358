using System.Diagnostics;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>The kernel lock of a chain. It ends with its process, so a crash never leaves it behind; the name in the file is only for errors.</summary>
internal sealed class ChainLock(ChainFolder folder, string holder) : IDisposable
{
    private const int HolderSize = 256;

    private readonly byte[] _holder = Padded(holder);
    private IFile? _file;
    private FileStatus _opened;

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="VaultUnavailableException">Not to be had in time.</exception>
    /// <exception cref="VaultIntegrityException">The chain's folder is missing.</exception>
    public void Acquire(TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        for (int attempt = 0; !TryAcquire(); attempt++)
        {
            if (Stopwatch.GetElapsedTime(start) >= timeout)
                throw AuditErrors.Busy(folder.Lock, Holder(), timeout);
            Wait(attempt);
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Release()
    {
        try
        {
            _file?.Unlock();
        }
        catch (VaultUnavailableException)
        {
            Close();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    // Short at first, since the lock is held for microseconds, or for one commit; with jitter, so that waiters do not knock in step.
    private static void Wait(int attempt)
    {
        if (attempt < 10)
            Thread.Yield();
        else
            Thread.Sleep(Random.Shared.Next(1, Math.Min(20, attempt - 7)));
    }

    private bool TryAcquire()
    {
        if (_file is null)
            Open();
        if (!_file!.TryLock())
            return false;

        bool isInPlace = false;
        try
        {
            // Somebody may have put the folder back from a copy: a lock on the file that is no longer there would exclude nobody.
            isInPlace = folder.Files.Status(folder.Lock) is { } status && status.Inode == _opened.Inode && status.Device == _opened.Device;
            if (isInPlace)
                _file.Write(_holder, 0);
            return isInPlace;
        }
        catch
        {
            isInPlace = false;
            throw;
        }
        finally
        {
            if (!isInPlace)
                Close();
        }
    }

    // Closing releases the lock as well, and can't fail.
    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Open()
    {
        if (folder.Files.Status(folder.Path) is null)
            throw AuditErrors.Missing(folder.Path);
        _file = folder.Files.OpenOrCreate(folder.Lock);
        _opened = _file.Status();
    }

    private string Holder()
    {
        byte[] text = new byte[HolderSize];
        int length = _file?.Read(text, 0) ?? 0;
        string name = System.Text.Encoding.ASCII.GetString(text, 0, length).Trim();
        return name.Length == 0 ? "its holder is not known" : $"it was last taken by {AuditIdentity.Clean(name, HolderSize)}";
    }

    private static byte[] Padded(string holder)
    {
        byte[] padded = new byte[HolderSize];
        padded.AsSpan().Fill((byte)' ');
        padded[^1] = (byte)'\n';
        System.Text.Encoding.ASCII.GetBytes(holder.AsSpan(0, Math.Min(holder.Length, HolderSize - 1)), padded);
        return padded;
    }
}
